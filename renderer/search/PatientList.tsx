/** What a search found, how it was understood and when; or why there is nothing, and what to do next. */
import { type ReactElement, type RefObject, useMemo } from 'react';
import { ListBox } from 'react-aria-components/ListBox';
import type { FoundPatient, PatientSearchResult, ServiceState } from '../../preload/contract.js';
import { ErrorSign, InformationSign, WarningSign } from '../parts/icons.js';
import { formatTime } from '../presentation/dates.js';
import { describeNextTry } from '../presentation/services.js';
import { regroupWhileTyping } from '../presentation/nhsNumber.js';
import { PatientOption } from './PatientOption.js';
import { isOutage, type SearchState } from './usePatientSearch.js';
import './search.css';

export interface PatientListProps {
  readonly search: Exclude<SearchState, { status: 'closed' }>;
  /** Finding patients, as a service. */
  readonly service?: ServiceState | undefined;
  readonly now: () => Date;
  readonly listRef: RefObject<HTMLDivElement | null>;
  /** Why the last choice was refused; null: it was not. */
  readonly refusal: string | null;
  readonly isChoosing: boolean;
  readonly onChoose: (patientId: string) => void;
  readonly onRefresh: () => void;
  readonly onCancel: () => void;
  /** Closes the list and returns to the searchbox. */
  readonly onClose: () => void;
  /** Returns to the searchbox and leaves the list open. */
  readonly onLeave: () => void;
}

export function PatientList(props: PatientListProps): ReactElement {
  const { search, refusal, isChoosing, onCancel, onRefresh, onClose, onLeave, listRef } = props;
  return (
    <section
      className="results"
      aria-label="Search results"
      onKeyDownCapture={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          onClose();
        } else if (event.key === 'ArrowUp' && document.activeElement === firstOption(listRef.current)) {
          event.preventDefault();
          event.stopPropagation();
          onLeave();
        }
      }}
    >
      <div className="results-bar">
        <Summary search={search} />
        <div className="results-actions">
          {search.status === 'running' ? (
            <button type="button" className="button" onClick={onCancel}>
              Cancel
            </button>
          ) : (
            <button type="button" className="button" onClick={onRefresh}>
              {search.status === 'found' ? 'Refresh' : 'Try again'}
            </button>
          )}
          <button type="button" className="button" onClick={onClose}>
            Close list
          </button>
        </div>
      </div>
      {refusal !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> <span>{refusal}</span>
        </p>
      )}
      {isChoosing && <p role="status">Opening the patient in every system …</p>}
      <Answer {...props} />
    </section>
  );
}

/** The first patient of the list that can be chosen. */
export function firstOption(list: HTMLElement | null): HTMLElement | null {
  return list?.querySelector<HTMLElement>('[role="option"]:not([aria-disabled="true"])') ?? null;
}

const READ_AS: Record<PatientSearchResult['readAs'], string> = {
  'nhs-number': 'NHS number',
  'local-number': 'Number',
  'name-and-birth-date': 'Name and birth date',
};

function Summary({ search }: Pick<PatientListProps, 'search'>): ReactElement {
  const shown = regroupWhileTyping(search.text, 0).text;
  if (search.status !== 'found') {
    const words = { running: 'Searching …', cancelled: 'Search cancelled', failed: 'No list of patients' };
    return (
      <div className="results-summary">
        <div role="status">
          <h2>{words[search.status]}</h2>
        </div>
        <p className="label">For “{shown}”</p>
      </div>
    );
  }
  const { found, refreshedAt, readAs, truncated } = search.result;
  return (
    <div className="results-summary">
      <div role="status">
        <h2>
          {found.length} {found.length === 1 ? 'patient' : 'patients'}, as at {formatTime(new Date(refreshedAt))}
        </h2>
      </div>
      <p className="label">
        {READ_AS[readAs]} “{shown}”, sorted by name
        {truncated && <strong>. More patients match than are shown</strong>}
      </p>
    </div>
  );
}

function Answer({ search, service, now, listRef, onChoose }: PatientListProps): ReactElement {
  const found = search.status === 'found' ? search.result.found : null;
  const sorted = useMemo(() => (found === null ? [] : [...found].sort(byName)), [found]);
  switch (search.status) {
    case 'running':
      return <div className="progress" aria-hidden="true" />;
    case 'cancelled':
      return <p className="advice">Nothing was fetched. Search again or choose another patient.</p>;
    case 'failed':
      return (
        <div className="message error" role="alert">
          <ErrorSign />
          <div>
            <p className="message-title">{search.message}</p>
            <p>{nextStep(search.code)}</p>
            {isOutage(search.code) && service?.status === 'fails' && <p>{describeNextTry(service)}</p>}
          </div>
        </div>
      );
    case 'found':
      break;
  }
  if (sorted.length === 0) return <NobodyFound readAs={search.result.readAs} />;
  const today = now();
  return (
    <>
      {service?.status === 'fails' && (
        <p className="message warning" role="note">
          <WarningSign />{' '}
          <span>
            This list is old: it is as at {formatTime(new Date(search.result.refreshedAt))}, and the search does not
            answer any more.
          </span>
        </p>
      )}
      {sorted.some(({ lookAlikes }) => lookAlikes.length > 0) && (
        <p className="message warning">
          <WarningSign /> <span>Some of these patients are easily confused. Read what tells them apart.</span>
        </p>
      )}
      <ListBox
        ref={listRef}
        aria-label="Patients"
        className="patients"
        selectionMode="none"
        onAction={(key) => {
          onChoose(String(key));
        }}
      >
        {sorted.map((one) => (
          <PatientOption key={one.patient.id} found={one} today={today} />
        ))}
      </ListBox>
      {search.result.truncated && (
        <p className="advice">Add the birth date or search by number to see fewer patients.</p>
      )}
    </>
  );
}

function NobodyFound({ readAs }: Pick<PatientSearchResult, 'readAs'>): ReactElement {
  const advice = {
    'nhs-number': 'Compare the number with the wristband or the letter, or search by name and birth date.',
    'local-number': 'Compare the number with the wristband or the letter, or search by NHS number.',
    'name-and-birth-date': 'Check the spelling and the birth date; try a former family name; or search by NHS number.',
  }[readAs];
  return (
    <div className="message notice">
      <InformationSign />
      <div>
        <p className="message-title">Nobody was found</p>
        <p>{advice}</p>
      </div>
    </div>
  );
}

function nextStep(code: Extract<SearchState, { status: 'failed' }>['code']): string {
  if (code === 'search-unreadable') {
    return 'Type an NHS number (999 000 0018), a hospital number, or a family name and birth date (SMITH 12-Apr-1961).';
  }
  return isOutage(code)
    ? 'Try again. If it happens again, call IT support; a patient already chosen stays chosen.'
    : 'If it happens again, call IT support and tell them these words.';
}

/** Family name, given names, birth date, number: the same list always stands in the same order. */
function byName({ patient: a }: FoundPatient, { patient: b }: FoundPatient): number {
  const [these, those] = [sortKeys(a), sortKeys(b)];
  for (const [index, key] of these.entries()) {
    const order = key.localeCompare(those[index] ?? '', 'en-GB');
    if (order !== 0) return order;
  }
  return 0;
}

function sortKeys({ name, birthDate, nhsNumber, id }: FoundPatient['patient']): string[] {
  return [name.family, name.given.join(' '), birthDate ?? '', nhsNumber ?? '', id];
}
