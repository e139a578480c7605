/**
 * Who is chosen: name, born, gender, NHS number, in this order and never shortened.
 * Source: NHS Common User Interface, Patient Banner 4.0.
 */
import { type ReactElement, useState } from 'react';
import type { Patient, WorkspaceState } from '../../preload/contract.js';
import { copyText } from '../parts/copyText.js';
import { InformationSign } from '../parts/icons.js';
import { formatNhsNumber } from '../presentation/nhsNumber.js';
import {
  formatAgeAtDeath,
  formatBirth,
  formatDeath,
  formatGender,
  formatName,
  NOT_KNOWN,
} from '../presentation/patient.js';
import { GroupNumber } from './SecondPatient.js';

export interface PatientBannerProps {
  readonly patient: Patient | null;
  /** null: there is no second patient to be told from. */
  readonly group: 1 | null;
  /** What is open beside them. */
  readonly beside: WorkspaceState['beside'];
  readonly today: Date;
  readonly onClose: () => void;
  /** The active tab stays with this patient from now on; null: it is not linked. */
  readonly onBreakLink: (() => void) | null;
  readonly onCloseBeside: (kind: 'study' | 'encounter') => void;
  /** What can be opened of them elsewhere; null: no system here offers anything. */
  readonly onOpenMenu: (() => void) | null;
}

export function PatientBanner({
  patient,
  group,
  beside,
  today,
  onClose,
  onBreakLink,
  onCloseBeside,
  onOpenMenu,
}: PatientBannerProps): ReactElement {
  if (patient === null) {
    return (
      <section className="patient none" aria-label="Patient">
        <p className="patient-name">No patient chosen</p>
      </section>
    );
  }
  const died = formatDeath(patient);
  return (
    <section className={`patient${died === null ? '' : ' deceased'}`} aria-label="Patient">
      {group !== null && <GroupNumber group={group} />}
      <div className="patient-facts">
        <div className="patient-who">
          <h2 className="patient-name">{formatName(patient.name)}</h2>
          {patient.name.preferred !== null && (
            <p className="patient-preferred">
              <span className="label">Preferred name</span> {patient.name.preferred}
            </p>
          )}
        </div>
        {patient.notice !== undefined && (
          <p className="patient-notice" role="note">
            <InformationSign /> <span>{patient.notice}</span>
          </p>
        )}
        <div className="patient-items">
          <Item label="Born" value={formatBirth(patient, today)} />
          {died !== null && <Item label="Died" value={died} />}
          {died !== null && <Item label="Age at death" value={formatAgeAtDeath(patient) ?? NOT_KNOWN} />}
          <Item label="Gender" value={formatGender(patient)} />
          <span className="patient-number">
            <Item label="NHS No." value={patient.nhsNumber === null ? NOT_KNOWN : formatNhsNumber(patient.nhsNumber)} />
            {patient.nhsNumber !== null && <CopyNumber key={patient.nhsNumber} nhsNumber={patient.nhsNumber} />}
          </span>
          {patient.identifiers.map(({ authority, title, value }) => (
            <Item key={`${authority} ${value}`} label={title} value={value} />
          ))}
        </div>
        {beside !== undefined && <OpenBeside beside={beside} onClose={onCloseBeside} />}
      </div>
      <div className="patient-actions">
        {onOpenMenu !== null && (
          <button type="button" className="button small" onClick={onOpenMenu}>
            View or order …
          </button>
        )}
        <button type="button" className="button small" onClick={onClose}>
          Close patient
        </button>
        {onBreakLink !== null && (
          <button type="button" className="button small" onClick={onBreakLink}>
            Break link
          </button>
        )}
      </div>
    </section>
  );
}

/** An imaging study, an encounter: by the numbers people know. */
function OpenBeside({
  beside: { study, encounter },
  onClose,
}: {
  readonly beside: NonNullable<WorkspaceState['beside']>;
  readonly onClose: (kind: 'study' | 'encounter') => void;
}): ReactElement | null {
  if (study === null && encounter === null) return null;
  return (
    <div className="patient-items patient-beside" role="group" aria-label="Open beside this record">
      {study !== null && (
        <span className="patient-number">
          <Item
            label="Imaging study"
            value={study.accessionNumber === null ? 'open' : `Accession No. ${study.accessionNumber}`}
          />
          <CloseBeside
            what="imaging study"
            onClose={() => {
              onClose('study');
            }}
          />
        </span>
      )}
      {encounter !== null && (
        <span className="patient-number">
          <Item label="Encounter" value={encounter.number} />
          <CloseBeside
            what="encounter"
            onClose={() => {
              onClose('encounter');
            }}
          />
        </span>
      )}
    </div>
  );
}

function CloseBeside({ what, onClose }: { what: string; onClose: () => void }): ReactElement {
  return (
    <button type="button" className="button tiny" onClick={onClose}>
      Close<span className="visually-hidden"> {what}</span>
    </button>
  );
}

/** No colon after a label; the number stays on one line. */
function Item({ label, value }: { label: string; value: string }): ReactElement {
  return (
    <p className="patient-item">
      <span className="label">{label}</span> <span className="value">{value}</span>
    </p>
  );
}

function CopyNumber({ nhsNumber }: { nhsNumber: string }): ReactElement {
  const [answer, setAnswer] = useState('');
  return (
    <>
      <button
        type="button"
        className="button tiny"
        onClick={() => {
          setAnswer(copyText(nhsNumber) ? 'Copied' : 'Not copied: select the number and press Ctrl+C');
        }}
      >
        Copy<span className="visually-hidden"> NHS number</span>
      </button>
      <span className="copied" role="status">
        {answer}
      </span>
    </>
  );
}
