/** One patient of the list, with everything that tells two people apart. */
import type { ReactElement } from 'react';
import { ListBoxItem } from 'react-aria-components/ListBox';
import type { FoundPatient } from '../../preload/contract.js';
import { InformationSign, WarningSign } from '../parts/icons.js';
import { formatNhsNumber } from '../presentation/nhsNumber.js';
import {
  describeLookAlike,
  formatAgeAtDeath,
  formatBirth,
  formatDeath,
  formatGender,
  formatName,
  NOT_KNOWN,
} from '../presentation/patient.js';

export function PatientOption({ found, today }: { found: FoundPatient; today: Date }): ReactElement {
  const { patient, lookAlikes, replacedBy, restrictions = [] } = found;
  const name = formatName(patient.name);
  const died = formatDeath(patient);
  const lookAlike = describeLookAlike(lookAlikes);
  return (
    <ListBoxItem
      id={patient.id}
      textValue={name}
      isDisabled={replacedBy !== null}
      className={`option${died === null ? '' : ' deceased'}${replacedBy === null ? '' : ' merged'}`}
    >
      <span className="option-name">{name} </span>
      <Item label="Born" value={formatBirth(patient, today)} />
      <Item label="Gender" value={formatGender(patient)} />
      <Item label="NHS No." value={patient.nhsNumber === null ? NOT_KNOWN : formatNhsNumber(patient.nhsNumber)} />
      {patient.identifiers.map(({ authority, title, value }) => (
        <Item key={`${authority} ${value}`} label={title} value={value} />
      ))}
      {died !== null && (
        <span className="option-note died">
          Died {died}, age at death {formatAgeAtDeath(patient)}{' '}
        </span>
      )}
      {lookAlike !== null && (
        <span className="option-note look-alike">
          <WarningSign /> {lookAlike}{' '}
        </span>
      )}
      {restrictions.length > 0 && replacedBy === null && (
        <span className="option-note">
          <InformationSign /> {restrictions.join(', ')}: opening it may need a reason, which is recorded.{' '}
        </span>
      )}
      {replacedBy !== null && (
        <span className="option-note">
          <InformationSign /> Merged into another record of this patient: choose that one instead.
        </span>
      )}
    </ListBoxItem>
  );
}

function Item({ label, value }: { label: string; value: string }): ReactElement {
  return (
    <span className="option-item">
      <span className="label">{label}</span> <span className="value">{value}</span>{' '}
    </span>
  );
}
