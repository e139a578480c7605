/** The configuration cannot be used: every mistake at once, in words somebody can act on or send to a colleague. */
import { type ReactElement, useEffect, useRef } from 'react';
import type { AppFacts } from '../../preload/contract.js';
import './configuration.css';

export function ConfigurationProblems({
  file,
  problems,
}: NonNullable<AppFacts['configurationProblems']>): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main className="standalone configuration" tabIndex={0} aria-label="Configuration">
      <h1 ref={heading} tabIndex={-1}>
        The configuration has {problems.length} {problems.length === 1 ? 'mistake' : 'mistakes'}
      </h1>
      <p>
        Nothing starts until {problems.length === 1 ? 'this is' : 'these are'} mended. Correct the file, then open
        Lanyard again.
      </p>
      <p className="file">
        <code>{file}</code>
      </p>
      <ol className="problems" aria-label="Mistakes">
        {problems.map(({ path, message, suggestion }, index) => (
          <li key={index}>
            <p className="problem-path">{path === '' ? 'The whole file' : <code>{path}</code>}</p>
            <p>{message}</p>
            {suggestion !== null && <p className="suggestion">{suggestion}</p>}
          </li>
        ))}
      </ol>
    </main>
  );
}
