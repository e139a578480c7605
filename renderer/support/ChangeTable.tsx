/** The last changes of the chosen patient, newest first: who asked, what stood in the way, where each system came to. */
import type { ReactElement } from 'react';
import type { SupportChange, SupportIdentities } from '../../preload/contract.js';
import { InformationSign } from '../parts/icons.js';
import { formatDate } from '../presentation/dates.js';
import { formatNhsNumber } from '../presentation/nhsNumber.js';
import { formatName, NOT_KNOWN } from '../presentation/patient.js';
import {
  describeAsker,
  describeHeld,
  describeOutcome,
  describeVerified,
  describeProven,
  timeOf,
} from '../presentation/support.js';
import { Link } from './TabTable.js';

type Identity = SupportIdentities['patients'][number];

export interface ChangeTableProps {
  readonly changes: readonly SupportChange[];
  /** undefined: a number. */
  readonly nameOf: (patient: number) => Identity | undefined;
}

export function ChangeTable({ changes, nameOf }: ChangeTableProps): ReactElement {
  return (
    <section aria-label="Changes of patient" className="support-section">
      <h3>Changes of patient</h3>
      {changes.length === 0 ? (
        <p className="support-empty">
          <InformationSign /> No change yet. Whoever is chosen or closed from now on stands here.
        </p>
      ) : (
        <table aria-label="Changes of patient" className="support-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Patient</th>
              <th scope="col">Asked by</th>
              <th scope="col">Before</th>
              <th scope="col">Systems afterwards</th>
              <th scope="col">Verified</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <tr key={change.number}>
                <th scope="row" className="support-time">
                  {timeOf(change.at)}
                  <span className="label">{change.epoch === null ? 'no epoch' : `epoch ${String(change.epoch)}`}</span>
                </th>
                <td>
                  <Who change={change} nameOf={nameOf} />
                </td>
                <td className="support-why">{describeAsker(change)}</td>
                <td className="support-why">{describeHeld(change)}</td>
                <td>
                  <After tabs={change.tabs} />
                </td>
                <td className="support-verified">{describeVerified(change)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {changes.length > 0 && <p className="label">At most the last 100, until you sign out.</p>}
    </section>
  );
}

function Who({ change, nameOf }: Pick<ChangeTableProps, 'nameOf'> & { readonly change: SupportChange }): ReactElement {
  const { patient, outcome } = change;
  const identity = patient === null ? undefined : nameOf(patient);
  const who = patient === null ? (outcome === 'closed' ? 'No patient' : NOT_KNOWN) : `Patient ${String(patient)}`;
  return (
    <>
      <p className={`support-outcome is-${outcome}`}>{describeOutcome(change)}</p>
      <p>{who}</p>
      {identity !== undefined && (
        <p className="support-identity">
          <strong>{formatName(identity.name)}</strong>
          <span>NHS No. {identity.nhsNumber === null ? NOT_KNOWN : formatNhsNumber(identity.nhsNumber)}</span>
          <span>Born {formatDate(identity.birthDate) ?? NOT_KNOWN}</span>
        </p>
      )}
    </>
  );
}

function After({ tabs }: Pick<SupportChange, 'tabs'>): ReactElement {
  if (tabs.length === 0) return <p className="label">None</p>;
  return (
    <ul className="support-after">
      {tabs.map(({ title, link, verifiedAfter }) => (
        <li key={title}>
          <span className="support-system">{title}</span> <Link link={link} />
          {verifiedAfter !== null && <span className="label">{describeProven(link, verifiedAfter)}</span>}
        </li>
      ))}
    </ul>
  );
}
