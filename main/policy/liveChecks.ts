/** Rules between systems[].context.live and the other keys of a system: who follows a patient must be seen to have followed. */
import { type Path, type Report, textAt, valueAt } from './rawValue.js';

export function checkLive(raw: unknown, system: Path, report: Report): void {
  const live: Path = [...system, 'context', 'live'];
  const kind = textAt(raw, ...live);
  if (kind !== 'fdc3') return;
  const launch = textAt(raw, ...system, 'context', 'launch', 'kind');
  if (launch === 'smart')
    report(live, 'A SMART application is launched anew with every patient.', 'Write "live": "none".');
  else if (launch === 'custom-protocol')
    report(live, 'A desktop program has no page that could be told.', 'Write "live": "none".');
  else if (valueAt(raw, [...system, 'identity']) === undefined)
    report(
      live,
      'Nobody could tell whether this page has followed: it is not said where it shows its patient.',
      'Add "identity", or write "live": "none".',
    );
  else if (textAt(raw, ...system, 'identity', 'source') === 'dicomweb')
    report(
      live,
      'A viewer that is checked by the studies it loaded may still show the patient before beside them.',
      'Write "live": "none".',
    );
}
