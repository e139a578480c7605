/** The context hub inside its own process: does what Lanyard says, asks Lanyard before a program's change is committed. */
import { LanyardError } from '../../domain/errors.js';
import { givenScopes, hubScopes, sayableEvents } from '../../domain/smartScope.js';
import { parseEventName } from '../hub/eventNames.js';
import { type Hub, startHub } from '../hub/hub.js';
import type { Decision, Proposal } from '../hub/hubContext.js';
import type { SubscriberReport } from '../hub/subscriberReport.js';
import { leavingContext } from './fhirContext.js';
import type { FromHub, ProgramHandOff, ToHub } from './messages.js';

/** The way to Lanyard. */
export interface ShellPort {
  post(message: FromHub): void;
  onMessage(listener: (message: ToHub) => void): void;
}

type Grant = Extract<ToHub, { type: 'grant' }>;

/** Milliseconds: longer than any shift; the topic, and the process with it, ends with the session. */
const TOKEN_LIFE = 24 * 60 * 60 * 1000;
/** How many of those who left are still told of. */
const MOST_LEFT = 20;
/** Programs hear everything and may lead to a patient and deeper; the session's own end is said by Lanyard alone. */
const SCOPES = ['fhircast/*.read', ...sayableEvents.map((event) => `fhircast/${event}.write`)].join(' ');

/** @param ended called when everything is closed */
export function serveHub(shell: ShellPort, ended: () => void): void {
  const waiting = new Map<number, { decide: (decision: Decision) => void; id: string; by: Proposal['grant'] }>();
  /** Tokens of launched applications, by the number Lanyard gave them; of configured programs, by their ids. */
  const granted = new Map<number | string, string>();
  let proposals = 0;
  let running: { hub: Hub; topic: string } | null = null;
  /** Those who left, newest first. */
  let left: readonly SubscriberReport[] = [];
  /** The id of the change committed last. */
  let committed = '';

  const report = (error: unknown): void => {
    const known = error instanceof LanyardError ? error.message : error instanceof Error ? error.name : 'unforeseen';
    shell.post({ type: 'problem', message: `context hub: ${known}` });
  };

  const approve = ({ notification, publisher, grant: by, signal }: Proposal): Promise<Decision> => {
    const event = parseEventName(notification.event['hub.event']);
    if (!event || (event.kind !== 'open' && event.kind !== 'close' && event.kind !== 'home'))
      return Promise.resolve({ accept: false, reason: 'this is no change of context' });
    const proposal = ++proposals;
    const { kind, anchor, name } = event;
    return new Promise((resolve) => {
      waiting.set(proposal, { decide: resolve, id: notification.id, by });
      // An answer that comes after the hub gave up waiting is still looked at: see decide.
      signal.addEventListener('abort', () => {
        resolve({ accept: false, reason: 'a newer change was made' });
      });
      const { context } = notification.event;
      shell.post({ type: 'proposed', proposal, publisher, kind, anchor, event: name, context });
    });
  };

  const decide = (proposal: number, refusal: string | null): void => {
    const asked = waiting.get(proposal);
    waiting.delete(proposal);
    if (!asked) return;
    asked.decide(refusal === null ? { accept: true } : { accept: false, reason: refusal });
    if (refusal !== null) return;
    setImmediate(() => {
      if (committed !== asked.id) shell.post({ type: 'lost', proposal });
    });
  };

  const start = async ({ port, origins = [], programs = [] }: Extract<ToHub, { type: 'start' }>): Promise<void> => {
    const hub = await startHub({ port, origins, approve, report });
    const topic = hub.tokens.openTopic();
    let told = '';
    const tellSurveyed = (): void => {
      const programs = hub.surveyed(topic);
      if (JSON.stringify(programs) === told) return;
      told = JSON.stringify(programs);
      shell.post({ type: 'surveyed', programs });
    };
    hub.onEvent((event) => {
      if (event.kind === 'published') committed = event.notification.id;
      if (event.kind === 'sync-error' && event.failure.eventId === committed) {
        const { subscriberName, reason } = event.failure;
        shell.post({ type: 'not-followed', subscriber: subscriberName, reason });
      }
      if (event.kind === 'subscribed' || event.kind === 'unsubscribed') tellSurveyed();
      if (event.kind === 'unsubscribed') left = [event.report, ...left].slice(0, MOST_LEFT);
    });
    const expiresAt = Date.now() + TOKEN_LIFE;
    const handOff = (program: string | null, scopes: string, subscriberName: string | null): ProgramHandOff => {
      const token = hub.tokens.grant({ topic, scopes, expiresAt, subscriberName });
      if (program !== null) granted.set(program, token);
      return { program, handOff: { 'hub.url': hub.url, 'hub.topic': topic, access_token: token } };
    };
    running = { hub, topic };
    const [first, ...others] = programs.map(({ id, name, scopes }) => {
      // SECURITY: given as launched applications are given theirs, so that no program may say that the session ends.
      return handOff(id, hubScopes(givenScopes(scopes.join(' '), scopes)), name);
    });
    shell.post({ type: 'started', handOffs: [first ?? handOff(null, SCOPES, null), ...others] });
  };

  const grant = ({ grant: number, token, scopes, expiresAt, subscriberName }: Grant): void => {
    if (!running) return;
    try {
      running.hub.tokens.add(token, { topic: running.topic, scopes, expiresAt, subscriberName });
      granted.set(number, token);
      shell.post({ type: 'granted', grant: number });
    } catch (error) {
      report(error);
    }
  };

  const revoke = (whose: number | string): void => {
    const token = granted.get(whose);
    granted.delete(whose);
    if (token !== undefined) running?.hub.tokens.revoke(token);
  };

  const publish = (event: string, context: readonly unknown[]): void => {
    if (!running) return;
    try {
      running.hub.publishFromShell({ topic: running.topic, event, context });
    } catch (error) {
      report(error);
    }
  };

  const survey = ({ survey: number, context, proposal }: Extract<ToHub, { type: 'survey' }>): void => {
    if (!running) return;
    const except = (proposal === null ? null : waiting.get(proposal)?.by) ?? null;
    running.hub
      .survey({ topic: running.topic, context, except })
      .then((objections) => {
        shell.post({ type: 'survey-answered', survey: number, objections });
      })
      .catch(report);
  };

  const tell = (question: number): void => {
    const here = running?.hub.reportSubscribers(running.topic) ?? [];
    shell.post({ type: 'report', question, subscribers: [...here, ...left] });
  };

  const end = async (): Promise<void> => {
    publish('UserLogout', leavingContext('user-initiated'));
    running?.hub.tokens.endTopic(running.topic);
    await running?.hub.close();
    running = null;
  };

  shell.onMessage((message) => {
    if (message.type === 'publish') publish(message.event, message.context);
    else if (message.type === 'decide') decide(message.proposal, message.refusal);
    else if (message.type === 'survey') survey(message);
    else if (message.type === 'report') tell(message.question);
    else if (message.type === 'grant') grant(message);
    else if (message.type === 'revoke') revoke(message.grant);
    else if (message.type === 'end') void end().catch(report).finally(ended);
    else
      start(message).catch((error: unknown) => {
        const why = error instanceof LanyardError ? error.message : 'unforeseen';
        shell.post({ type: 'not-started', message: `The context hub did not start: ${why}` });
      });
  });
}
