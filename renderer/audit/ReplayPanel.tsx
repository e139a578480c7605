/** A minute of a session, played again: whose number stood in the banner, and what every tab showed. */
import { type ReactElement, useId, useState } from 'react';
import type { AuditEntrance, AuditRow } from '../../preload/auditContract.js';
import { ErrorSign, InformationSign } from '../parts/icons.js';
import { momentOfSession, type TabAt } from './replay.js';
import { clockOf, momentOf } from './times.js';

export interface ReplayPanelProps {
  readonly rows: readonly AuditRow[];
  /** The middle of the minute. */
  readonly at: string;
  readonly systems: AuditEntrance['systems'];
}

/** Seconds. */
const AROUND = 30;

const WORDS: Readonly<Record<TabAt['state'], string>> = {
  shown: 'Shown, verified',
  'shown-unverified': 'Shown, not verified',
  covered: 'Covered',
  asleep: 'Closed to save memory',
};

export function ReplayPanel({ rows, at, systems }: ReplayPanelProps): ReactElement {
  const id = useId();
  const [offset, setOffset] = useState(0);
  const moment = new Date(Date.parse(at) + offset * 1000).toISOString();
  const { user, patient, isLocked, tabs, isInStep } = momentOfSession(rows, moment);
  return (
    <section className="audit-replay" aria-label="Replay">
      <div className="audit-replay-head">
        <label htmlFor={id}>{momentOf(moment)}</label>
        <input
          id={id}
          type="range"
          min={-AROUND}
          max={AROUND}
          step={1}
          value={offset}
          aria-valuetext={clockOf(moment)}
          onChange={({ target }) => {
            setOffset(Number(target.value));
          }}
        />
        <p role="status">
          {isInStep ? <InformationSign /> : <ErrorSign />}{' '}
          {tabs.length === 0
            ? 'No page of a system was on record then.'
            : isInStep
              ? 'Every page that was shown was verified as the banner’s patient.'
              : 'A page was shown without being verified.'}
        </p>
      </div>
      <p>
        {user ?? 'Nobody'} · Patient in the banner: <strong>{patient ?? 'none'}</strong>
        {isLocked && ' · locked'}
      </p>
      {tabs.length > 0 && (
        <table className="audit-table" aria-label="Tabs at this moment">
          <thead>
            <tr>
              <th scope="col">System</th>
              <th scope="col">State</th>
              <th scope="col">Patient shown</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {tabs.map((tab) => (
              <tr key={tab.system}>
                <th scope="row">{systems.find((system) => system.id === tab.system)?.title ?? tab.system}</th>
                <td>
                  {WORDS[tab.state]}
                  {tab.why !== '' && ` (${tab.why})`}
                </td>
                <td>{tab.patient ?? ''}</td>
                <td>{clockOf(tab.since)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
