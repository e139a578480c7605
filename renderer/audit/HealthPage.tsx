/** Whether the trail is whole, and whether it goes out: gaps, unsent records, clocks, runs that never ended. */
import type { ReactElement } from 'react';
import type { AuditPlace } from '../../preload/auditContract.js';
import { ErrorSign, InformationSign, WarningSign } from '../parts/icons.js';
import type { ShellStore } from '../store/shellStore.js';
import { momentOf } from './times.js';
import { useReply } from './useReply.js';

export function HealthPage({ store, place }: { readonly store: ShellStore; readonly place: AuditPlace }): ReactElement {
  const { value: health, problem, again } = useReply(place, () => store.askAudit('audit.health', { place }));
  return (
    <div className="audit-page is-scrolling">
      <div className="audit-above">
        <p className="audit-count" role="status">
          {health === null
            ? 'Looking …'
            : `${health.records} records in ${health.chains.length} ${health.chains.length === 1 ? 'run' : 'runs'}`}
        </p>
        <button type="button" className="button small" onClick={again}>
          Look again
        </button>
      </div>
      {problem !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> {problem}
        </p>
      )}
      {health !== null && (
        <>
          <section aria-label="Trail">
            <h3>The trail</h3>
            {health.troubles.length === 0 ? (
              <p>
                <InformationSign /> Nothing is amiss.
              </p>
            ) : (
              <ul className="audit-steps">
                {health.troubles.map((trouble) => (
                  <li key={trouble}>
                    <WarningSign /> {trouble}
                  </li>
                ))}
              </ul>
            )}
            {health.checkpoint !== null && (
              <p>
                Newest checkpoint: {health.checkpoint.size} records, root <code>{health.checkpoint.root}</code>,{' '}
                {momentOf(health.checkpoint.at)}
              </p>
            )}
          </section>
          <section aria-label="Deliveries">
            <h3>On its way from this computer</h3>
            {health.deliveries.length === 0 ? (
              <p>
                <InformationSign /> The trail of this computer stays here: no receiver is configured.
              </p>
            ) : (
              <table className="audit-table" aria-label="Deliveries">
                <thead>
                  <tr>
                    <th scope="col">Receiver</th>
                    <th scope="col">State</th>
                    <th scope="col">Not certain to have arrived</th>
                    <th scope="col">The oldest of them</th>
                  </tr>
                </thead>
                <tbody>
                  {health.deliveries.map(({ title, unsent, oldest, delivers }) => (
                    <tr key={title}>
                      <th scope="row">{title}</th>
                      <td>{delivers === null ? 'Not tried yet' : delivers ? 'Takes records' : 'Does not answer'}</td>
                      <td>{unsent}</td>
                      <td>{oldest === null ? '' : momentOf(oldest)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
          <section aria-label="Runs">
            <h3>Runs of Lanyard</h3>
            <table className="audit-table" aria-label="Runs of Lanyard">
              <thead>
                <tr>
                  <th scope="col">Workstation</th>
                  <th scope="col">From</th>
                  <th scope="col">To</th>
                  <th scope="col">Records</th>
                  <th scope="col">State</th>
                </tr>
              </thead>
              <tbody>
                {health.chains.map(({ chain, node, source, from, to, records, isClosed, troubles }) => (
                  <tr key={chain}>
                    <th scope="row">
                      {node}
                      {source !== null && <p className="label">{source}</p>}
                    </th>
                    <td className="is-time">{momentOf(from)}</td>
                    <td className="is-time">{momentOf(to)}</td>
                    <td>{records}</td>
                    <td>
                      {troubles.length === 0 ? (
                        isClosed ? (
                          'Ended'
                        ) : (
                          'Goes on'
                        )
                      ) : (
                        <ul className="audit-steps">
                          {troubles.map((trouble) => (
                            <li key={trouble}>
                              <WarningSign /> {trouble}
                            </li>
                          ))}
                        </ul>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </div>
  );
}
