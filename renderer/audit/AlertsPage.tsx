/** The privacy officer's queue: every access by break-glass, until somebody has judged it. */
import { type ReactElement, useId, useState } from 'react';
import type { AlertAnswer, AuditAlert, AuditPlace } from '../../preload/auditContract.js';
import { ErrorSign, InformationSign, WarningSign } from '../parts/icons.js';
import { SHORTEST_REASON } from '../presentation/support.js';
import type { ShellStore } from '../store/shellStore.js';
import { momentOf } from './times.js';
import { useReply } from './useReply.js';

export interface AlertsPageProps {
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly reason: string | null;
  readonly mayJudge: boolean;
}

export function AlertsPage({ store, place, reason, mayJudge }: AlertsPageProps): ReactElement {
  const { value, problem, again } = useReply(JSON.stringify([place, reason]), () =>
    store.askAudit('audit.alerts', { place, reason }),
  );
  /** What was judged here: the server takes a second to have the line in its store. */
  const [judged, setJudged] = useState<Readonly<Record<string, AuditAlert['answer']>>>({});
  const [isOnlyOpen, setOnlyOpen] = useState(true);
  const alerts = value?.map((alert) => ({ ...alert, answer: alert.answer ?? judged[alert.reference] ?? null })) ?? null;
  const shown = alerts?.filter(({ answer }) => !isOnlyOpen || answer === null) ?? [];
  const open = alerts?.filter(({ answer }) => answer === null).length ?? 0;
  return (
    <div className="audit-page">
      <div className="audit-above">
        <p className="audit-count" role="status">
          {alerts === null ? 'Asking …' : open === 0 ? 'Nothing waits to be judged.' : `${open} to be judged`}
        </p>
        <label className="audit-check">
          <input
            type="checkbox"
            checked={isOnlyOpen}
            onChange={({ target }) => {
              setOnlyOpen(target.checked);
            }}
          />
          Only what waits
        </label>
      </div>
      {problem !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> {problem}
          <button type="button" className="button small" onClick={again}>
            Try again
          </button>
        </p>
      )}
      <ul className="audit-alerts" aria-label="Alerts">
        {shown.map((alert) => (
          <li key={alert.reference}>
            <Alert
              alert={alert}
              mayJudge={mayJudge}
              onJudge={async (answer, note) => {
                const { reference } = alert;
                const reply = await store.askAudit('audit.answerAlert', { place, reference, answer, note });
                if (!reply.ok) return reply.message;
                const now = { answer, note, user: 'you', at: new Date().toISOString() };
                setJudged((before) => ({ ...before, [reference]: now }));
                return null;
              }}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface AlertProps {
  readonly alert: AuditAlert;
  readonly mayJudge: boolean;
  /** @returns why it could not be recorded; null: it was */
  readonly onJudge: (answer: AlertAnswer, note: string) => Promise<string | null>;
}

function Alert({ alert, mayJudge, onJudge }: AlertProps): ReactElement {
  const id = useId();
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const judge = async (answer: AlertAnswer): Promise<void> => {
    const words = note.trim();
    setProblem(
      words.length < SHORTEST_REASON
        ? `Say why, in at least ${SHORTEST_REASON} characters.`
        : await onJudge(answer, words),
    );
  };
  const { answer } = alert;
  return (
    <article className="audit-alert" aria-label={`Access by ${alert.user ?? 'nobody known'}`}>
      <h3>
        <WarningSign /> {alert.user ?? 'Nobody known'} opened {alert.patient ?? 'a patient'}
      </h3>
      <p className="label">
        {momentOf(alert.at)} · {alert.node} · {alert.restrictions.join(', ')}
      </p>
      <p>
        {alert.reason}
        {alert.words === '' ? '' : `: “${alert.words}”`}
      </p>
      {answer !== null && (
        <p className="audit-answer">
          <InformationSign /> {answer.answer === 'justified' ? 'Justified' : 'Escalated'} by {answer.user},{' '}
          {momentOf(answer.at)}: {answer.note}
        </p>
      )}
      {mayJudge && answer === null && (
        <div className="audit-judge">
          <label htmlFor={id}>Note</label>
          <input
            id={id}
            className="input"
            maxLength={1000}
            value={note}
            onChange={({ target }) => {
              setNote(target.value);
            }}
          />
          <button type="button" className="button small" onClick={() => void judge('justified')}>
            Justified
          </button>
          <button type="button" className="button small" onClick={() => void judge('escalated')}>
            Escalate
          </button>
        </div>
      )}
      {problem !== null && (
        <p className="audit-problem" role="alert">
          {problem}
        </p>
      )}
    </article>
  );
}
