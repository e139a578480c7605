/**
 * A change of patient waits: somebody has unsaved work, or does not answer. It stands beside the pages, not over them, so
 * that the work can be saved there; the change then goes on by itself.
 */
import { type ReactElement, useEffect, useId, useRef } from 'react';
import type { ChangeAnswer, ChangeQuestion, Patient } from '../../preload/contract.js';
import { WarningSign } from '../parts/icons.js';
import { formatName } from '../presentation/patient.js';

type Objection = ChangeQuestion['objections'][number];

export interface ChangeQuestionBarProps {
  readonly question: ChangeQuestion;
  /** Who is chosen now. */
  readonly patient: Patient | null;
  readonly onAnswer: (answer: ChangeAnswer) => void;
  readonly onGoTo: (systemId: string) => void;
}

export function ChangeQuestionBar({ question, patient, onAnswer, onGoTo }: ChangeQuestionBarProps): ReactElement {
  const { objections, mayContinue, mayBreakLink } = question;
  const [titleId, reasonId] = [useId(), useId()];
  const cancel = useRef<HTMLButtonElement>(null);
  // It starts at the answer that changes nothing.
  useEffect(() => cancel.current?.focus(), []);
  const wanted =
    question.patient === null ? 'Patient not closed yet' : `Not changed yet to ${nameOf(question.patient)}`;
  const stays = patient === null ? 'as it is' : `with ${nameOf(patient)}`;
  const pages = objections.filter(isPage);
  const systems = pages.map(({ title }) => title).join(' and ');
  return (
    <section className="change-question" role="alertdialog" aria-labelledby={titleId} aria-describedby={reasonId}>
      <WarningSign />
      <div className="change-words">
        <h2 id={titleId}>{wanted}</h2>
        <div id={reasonId}>
          <ul>
            {objections.map((objection) => (
              <li key={objection.systemId}>
                {sentenceOf(objection)}
                {isPage(objection) && (
                  <>
                    {' '}
                    <button
                      type="button"
                      className="button tiny"
                      onClick={() => {
                        onGoTo(objection.systemId);
                      }}
                    >
                      Go to {objection.title}
                    </button>
                  </>
                )}
              </li>
            ))}
          </ul>
          <p>
            {pages.length < objections.length
              ? 'The change goes on by itself as soon as nobody objects.'
              : mayContinue
                ? 'Save it there, and the change goes on by itself.'
                : 'As soon as it answers, the change goes on by itself.'}
          </p>
        </div>
        <div className="actions">
          <Choice text={`everything stays ${stays}`}>
            <button
              ref={cancel}
              type="button"
              className="button"
              onClick={() => {
                onAnswer('cancel');
              }}
            >
              Cancel
            </button>
          </Choice>
          {mayBreakLink && (
            <Choice text={`${systems} ${pages.length === 1 ? 'stays' : 'stay'} ${stays}, the others change`}>
              <button
                type="button"
                className="button"
                onClick={() => {
                  onAnswer('break-link');
                }}
              >
                Break link
              </button>
            </Choice>
          )}
          {mayContinue && (
            <Choice
              text={pages.length > 0 ? 'what is not saved is lost' : 'it is told, and may lose what is not saved'}
            >
              <button
                type="button"
                className="button danger"
                onClick={() => {
                  onAnswer('continue');
                }}
              >
                Continue
              </button>
            </Choice>
          )}
        </div>
      </div>
    </section>
  );
}

function Choice({ text, children }: { text: string; children: ReactElement }): ReactElement {
  return (
    <span className="choice">
      {children} <span className="choice-means">{text}</span>
    </span>
  );
}

/** Another program stands outside of Lanyard: it cannot be gone to, nor stay behind. */
function isPage({ kind }: Objection): boolean {
  return kind === 'unsaved' || kind === 'busy';
}

function sentenceOf({ kind, title, reason }: Objection): string {
  if (kind === 'unsaved') return `${title} has work that is not saved.`;
  if (kind === 'refused') return `${title} does not agree${reason === undefined ? '.' : `: “${reason}”`}`;
  return `${title} does not answer, so it may have work that is not saved.`;
}

function nameOf({ name }: Patient): string {
  return formatName(name);
}
