/** Only in the demo hospital: who can be tried, and the one password. */
import type { ReactElement } from 'react';
import type { AppFacts } from '../../preload/contract.js';

type Demo = NonNullable<AppFacts['demo']>;

export function DemoAccounts({
  accounts,
  password,
  choose,
}: Demo & { choose: (userName: string) => void }): ReactElement {
  return (
    <section className="card demo" aria-label="Demo accounts">
      <h2>Try it as</h2>
      <p>
        Everybody’s password: <code>{password}</code>
      </p>
      <ul>
        {accounts.map(({ userName, description }) => (
          <li key={userName}>
            <button
              type="button"
              className="link"
              onClick={() => {
                choose(userName);
              }}
            >
              {userName}
            </button>
            <span className="demo-description">{description}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
