/**
 * SMART Web Messaging for the page of one launched application: it may say that it is done, and ask for something to be
 * opened, by the handle that came with its token and within its scopes. It never names a patient: the launch did.
 * Source: SMART Web Messaging 1.0.0; page's side: workspace/pageWorld/messaging.ts.
 */
import { z } from 'zod';
import { LanyardError } from '../../domain/errors.js';
import { type ChannelParts, ListenedLine, type RefusedReason, type Said } from './channelLimits.js';
import type { TabOfPage } from './liveChannel.js';

export interface MessagingParts extends ChannelParts {
  readonly tab: () => TabOfPage;
  /** What this handle allows: "messaging/ui" …; null: it is not of the system's present launch. */
  readonly scopesOf: (handle: string) => readonly string[] | null;
  readonly newId: () => string;
  /** The screen goes back to where people were before. @returns false: they were nowhere else */
  readonly goBack: () => boolean;
  /** Opens something for the patient that the page shows. @throws LanyardError with a sentence for the clinician */
  readonly launchActivity: (activity: string, parameters: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** Section "Request Parameters". */
const Request = z.object({
  messagingHandle: z.string().min(1).max(200),
  messageId: z.string().min(1).max(200),
  messageType: z.string().min(1).max(100),
  payload: z.record(z.string(), z.unknown()).default({}), // an application may leave an empty one away
});
const Spoken = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('message'), message: Request }),
  z.strictObject({ op: z.literal('stranger') }),
  z.strictObject({ op: z.literal('too-large') }),
]);
/** Section "Request payload for ui.done and ui.launchActivity"; PROHIBITED for ui.done. */
const Activity = z.object({
  activityType: z.string().min(1).max(100),
  activityParameters: z.record(z.string(), z.unknown()),
});

type Message = z.output<typeof Request>;

export class MessagingChannel {
  readonly #line: ListenedLine;

  constructor(private readonly parts: MessagingParts) {
    this.#line = new ListenedLine(
      parts,
      (said) => {
        this.#hear(said);
      },
      () => undefined, // a handle belongs to a launch, not to one document of it
    );
  }

  end(): void {
    this.#line.end();
  }

  #hear({ message, origin }: Said): void {
    const spoken = Spoken.safeParse(message);
    if (!spoken.success) this.#line.refuse('malformed', origin);
    else if (spoken.data.op === 'stranger') this.#line.refuse('other-frame', origin);
    else if (spoken.data.op === 'too-large') this.#line.refuse('too-large', origin);
    else {
      const { message: request } = spoken.data;
      const scopes = this.parts.scopesOf(request.messagingHandle);
      // SECURITY(S29): without the handle of this very launch nothing happens, and nothing is answered.
      if (!scopes) this.#line.refuse('wrong-handle', origin);
      else
        void this.#decide(request, scopes, origin).then((payload) => {
          this.parts.line.send({ messageId: this.parts.newId(), responseToMessageId: request.messageId, payload });
        });
    }
  }

  /** Never rejects. */
  async #decide({ messageType, payload }: Message, scopes: readonly string[], origin: string): Promise<object> {
    if (messageType === 'status.handshake') return {};
    if (messageType.startsWith('scratchpad.')) return noScratchpad;
    if (messageType !== 'ui.done' && messageType !== 'ui.launchActivity')
      return failure('Lanyard does not know this kind of message.');
    const refuse = (reason: RefusedReason, text: string): object => {
      this.#line.refuse(reason, origin);
      return failure(text);
    };
    if (!scopes.includes('messaging/ui') && !scopes.includes(`messaging/${messageType}`))
      return refuse('no-scope', `This application was not given the scope messaging/${messageType}.`);
    if (!this.parts.tab().seenPatient)
      return refuse('not-verified', 'Only an application that is on the screen and in step is followed.');
    if (messageType === 'ui.done') return this.parts.goBack() ? success : failure('No other tab was open before.');
    const activity = Activity.safeParse(payload);
    if (!activity.success) return refuse('malformed', 'An activity has activityType and activityParameters.');
    try {
      await this.parts.launchActivity(activity.data.activityType, activity.data.activityParameters);
      return success;
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error);
      return failure(error instanceof LanyardError ? `${error.message}.` : 'Lanyard could not open it.');
    }
  }
}

/** LaunchStatusCode: success or error. */
const success = { status: 'success' };

function failure(text: string): object {
  return { status: 'error', statusDetail: { text } };
}

/** Section "EHR Scratchpad Interactions": answers are Bundle.entry.response. */
const noScratchpad = {
  status: '501 Not Implemented',
  outcome: {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'not-supported', diagnostics: 'Lanyard keeps no scratchpad.' }],
  },
};
