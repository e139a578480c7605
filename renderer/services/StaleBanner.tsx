/** What the banner says cannot be asked for again while the search is down: it never poses as current. */
import type { ReactElement } from 'react';
import type { Patient, ServiceState } from '../../preload/contract.js';
import { WarningSign } from '../parts/icons.js';
import { formatHour } from '../presentation/dates.js';

export function StaleBanner({
  service,
  patient,
  since,
}: {
  readonly service: ServiceState | undefined;
  readonly patient: Patient | null;
  /** When they were chosen. */
  readonly since: string | undefined;
}): ReactElement | null {
  if (service?.status !== 'fails' || patient === null || since === undefined) return null;
  return (
    <div className="message warning" role="note">
      <WarningSign />{' '}
      <span>
        The banner is as at {formatHour(new Date(since))}, when this patient was chosen. It cannot be brought up to
        date: the search for patients has not answered since {formatHour(new Date(service.since))}.
      </span>
    </div>
  );
}
