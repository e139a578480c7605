/** Group 2: the patient of the tabs that are not linked. Another colour, a number and a frame tell it from the shared one. */
import type { ReactElement } from 'react';
import type { Patient, TabState } from '../../preload/contract.js';
import { formatNhsNumber } from '../presentation/nhsNumber.js';
import { formatBirth, formatName, NOT_KNOWN } from '../presentation/patient.js';

export interface SecondPatientProps {
  readonly patient: Patient;
  readonly tabs: readonly TabState[];
  readonly today: Date;
}

export function SecondPatient({ patient, tabs, today }: SecondPatientProps): ReactElement {
  const unlinked = tabs.filter((tab) => tab.unlinked === true);
  const isShown = unlinked.some(({ active }) => active);
  const { nhsNumber } = patient;
  return (
    <section className={`second-patient${isShown ? ' is-shown' : ''}`} aria-label="Group 2">
      <GroupNumber group={2} />
      <p>
        <span className="label">{isShown ? 'This tab shows another patient' : 'Not linked'}</span>{' '}
        <strong>{formatName(patient.name)}</strong>
      </p>
      <p>
        <span className="label">Born</span> {formatBirth(patient, today)}
      </p>
      <p>
        <span className="label">NHS No.</span> {nhsNumber === null ? NOT_KNOWN : formatNhsNumber(nhsNumber)}
      </p>
      <p className="second-where">{unlinked.map(({ title }) => title).join(', ')}</p>
    </section>
  );
}

export function GroupNumber({ group }: { group: 1 | 2 }): ReactElement {
  return (
    <span className={`group-number group-${group}`}>
      <span className="visually-hidden">Group </span>
      {group}
    </span>
  );
}
