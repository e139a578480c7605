/**
 * FHIRcast for one system's page: it is let into the session's own hub by its launch, and hears there whom the clinician
 * chooses. So there is nothing to tell it; whether it has followed is read off it. It may say a patient only where it may
 * lead. Source: FHIRcast 3.0.0, sections 2.1 and 2.2.
 */
import type { Patient } from '../../../preload/contract.js';
import type { HubAccess } from '../../connectors/connector.js';
import { LanyardError } from '../../domain/errors.js';
import type { Clock } from '../clock.js';
import type { HubGrant, HubGrantRequest } from '../hubHost/hubHost.js';
import type { FollowsLive } from './liveChannel.js';

export interface SubscriberParts {
  readonly title: string;
  readonly mayLead: boolean;
  /** Null: no hub runs. */
  readonly grant: (request: HubGrantRequest) => Promise<HubGrant | null>;
  /** 256 random bits. */
  readonly newToken: () => string;
  readonly clock: Clock;
}

interface SystemAtHub {
  readonly origins: readonly string[];
  readonly context: { readonly live: string };
  readonly signOn: { readonly method: string; readonly scopes?: readonly string[] };
}

/** Exact origins whose pages may speak to the hub: those let in by their launch, or by the scopes of a SMART token. */
export function originsAtHub(systems: readonly SystemAtHub[]): readonly string[] {
  const isAtHub = ({ context, signOn }: SystemAtHub): boolean =>
    context.live === 'fhircast' || (signOn.scopes ?? []).some((scope) => /^fhircast\//iu.test(scope));
  return [...new Set(systems.filter(isAtHub).flatMap(({ origins }) => origins))];
}

/** Milliseconds: longer than any shift; hub and token end with the session. */
const TOKEN_LIFE = 24 * 60 * 60 * 1000;
const LEADS = ' fhircast/Patient-open.write fhircast/Patient-close.write';

export class SubscriberChannel implements FollowsLive {
  #grant: HubGrant | null = null;
  /** Grows with every launch: what an older one is granted late ends at once. */
  #launch = 0;

  constructor(private readonly parts: SubscriberParts) {}

  /** For one launch; what the one before was given ends. @throws LanyardError('unavailable') while no hub runs */
  async access(): Promise<HubAccess> {
    const { grant, newToken, title, mayLead, clock } = this.parts;
    const launch = ++this.#launch;
    this.#end();
    const hubToken = newToken();
    const scopes = `fhircast/*.read${mayLead ? LEADS : ''}`;
    const granted = await grant({
      token: hubToken,
      scopes,
      expiresAt: clock.now() + TOKEN_LIFE,
      subscriberName: title,
    });
    if (!granted || launch !== this.#launch) {
      granted?.end();
      throw new LanyardError('unavailable', 'The context hub is not running yet. Try again in a moment');
    }
    this.#grant = granted;
    return { hubUrl: granted.url, hubTopic: granted.topic, hubToken };
  }

  /** Whoever was launched with a patient has been let in, and hears of the next one there. */
  tell(_patient: Patient, before: Patient | null): boolean {
    return this.#grant !== null && before !== null;
  }

  end(): void {
    this.#launch += 1;
    this.#end();
  }

  #end(): void {
    this.#grant?.end();
    this.#grant = null;
  }
}
