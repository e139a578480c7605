/** Checks every sign-in on request, without typing anything, and says what to do about what is wrong. */
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { SignOnChecks } from '../../preload/contract.js';
import { ErrorSign, InformationSign, LinkSign, WarningSign } from '../parts/icons.js';
import type { ShellStore } from '../store/shellStore.js';

type Answer =
  | { readonly status: 'not-asked' }
  | { readonly status: 'asking' }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'known'; readonly checks: SignOnChecks };

type Status = SignOnChecks[number]['findings'][number]['status'];

export function SignInChecks({ store }: { readonly store: ShellStore }): ReactElement {
  const [answer, setAnswer] = useState<Answer>({ status: 'not-asked' });
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  const isAsking = answer.status === 'asking';
  const check = async (): Promise<void> => {
    if (isAsking) return;
    setAnswer({ status: 'asking' });
    const reply = await store.checkSignIns();
    if (isGone.current) return;
    setAnswer(reply.ok ? { status: 'known', checks: reply.value } : { status: 'failed', message: reply.message });
  };
  return (
    <section aria-label="Check sign-ins" className="sign-in-checks">
      <button type="button" className="button small" aria-disabled={isAsking || undefined} onClick={() => void check()}>
        Check every sign-in
      </button>
      <p className="quiet" role="status">
        {isAsking ? 'Checking every sign-in …' : answer.status === 'known' ? summaryOf(answer.checks) : ''}
      </p>
      {answer.status === 'failed' && (
        <p className="message error" role="alert">
          <ErrorSign /> <span>{answer.message}</span>
        </p>
      )}
      {answer.status === 'known' && answer.checks.length > 0 && <Checks checks={answer.checks} />}
    </section>
  );
}

function Checks({ checks }: { readonly checks: SignOnChecks }): ReactElement {
  return (
    <table aria-label="Sign-in checks" className="stored-table">
      <thead>
        <tr>
          <th scope="col">System</th>
          <th scope="col">State</th>
          <th scope="col">What was found</th>
          <th scope="col">What to do</th>
        </tr>
      </thead>
      <tbody>
        {checks.flatMap(({ systemId, systemTitle, findings }) =>
          findings.map(({ status, message, remedy }, index) => (
            <tr key={`${systemId} ${String(index)}`}>
              <th scope="row">{systemTitle}</th>
              <td>
                <State status={status} />
              </td>
              <td>{message}</td>
              <td>{remedy ?? 'Nothing'}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

const WORDS: Record<Status, string> = {
  good: 'Good',
  warning: 'Look at this',
  bad: 'Does not work',
  'not-applicable': 'Not checked',
};
const CLASSES: Record<Status, string> = {
  good: 'usable',
  warning: 'unconfirmed',
  bad: 'refused',
  'not-applicable': 'unchecked',
};

function State({ status }: { readonly status: Status }): ReactElement {
  return (
    <div className={`stored-state ${CLASSES[status]}`}>
      {status === 'good' ? (
        <LinkSign link="In step" />
      ) : status === 'not-applicable' ? (
        <InformationSign />
      ) : (
        <WarningSign />
      )}
      <p className="stored-words">{WORDS[status]}</p>
    </div>
  );
}

function summaryOf(checks: SignOnChecks): string {
  if (checks.length === 0) return 'There is no sign-in to check.';
  const wrong = checks.filter(({ findings }) => findings.some(({ status }) => status === 'bad')).length;
  if (wrong === 0) return 'Checked. Nothing was found that does not work.';
  return `Checked. ${String(wrong)} of ${String(checks.length)} ${checks.length === 1 ? 'system' : 'systems'} would not be signed in to.`;
}
