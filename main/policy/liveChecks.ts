/** Rules between systems[].context.live and the other keys of a system: who follows a patient must be seen to have followed. */
import { type Path, type Report, textAt, textsAt, valueAt } from './rawValue.js';

export function checkLive(raw: unknown, system: Path, report: Report): void {
  const live: Path = [...system, 'context', 'live'];
  const kind = textAt(raw, ...live);
  if (kind === 'fdc3' || kind === 'fhircast') checkFollowing(raw, system, live, report);
  if (kind === 'fhircast') checkSubscriber(raw, system, live, report);
  checkMessaging(raw, system, kind === 'smart-web-messaging', report);
}

function checkFollowing(raw: unknown, system: Path, live: Path, report: Report): void {
  const launch = textAt(raw, ...system, 'context', 'launch', 'kind');
  if (launch === 'smart')
    report(
      live,
      'A SMART application is launched anew with every patient.',
      'Write "live": "none", or "smart-web-messaging".',
    );
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

function checkSubscriber(raw: unknown, system: Path, live: Path, report: Report): void {
  if (valueAt(raw, ['contextHub']) === undefined)
    report(live, 'No context hub is configured that this page could subscribe to.', 'Add "contextHub": {}.');
  else if (valueAt(raw, ['contextHub', 'join']) !== undefined)
    report(
      live,
      'With contextHub.join Lanyard runs no hub of its own that it could let this page into.',
      'Write "live": "none".',
    );
  const launch = JSON.stringify(valueAt(raw, [...system, 'context', 'launch']) ?? {});
  const missing = ['{hubUrl}', '{hubTopic}', '{hubToken}'].filter((macro) => !launch.includes(macro));
  if (missing.length > 0)
    report(
      live,
      'The page is not told how to reach the context hub.',
      `Write ${missing.join(', ')} into what it is launched with: "form-post", "ticket" or "encrypted-parameters".`,
    );
}

function checkMessaging(raw: unknown, system: Path, isOn: boolean, report: Report): void {
  const scopes: Path = [...system, 'signOn', 'scopes'];
  const given = textsAt(raw, ...scopes).filter(({ text }) => text.startsWith('messaging/'));
  if (!isOn)
    for (const { index } of given)
      report(
        [...scopes, index],
        'Nobody would hear what this application says by it.',
        'Add "live": "smart-web-messaging" to "context".',
      );
  else if (textAt(raw, ...system, 'context', 'launch', 'kind') !== 'smart')
    report(
      [...system, 'context', 'live'],
      'The handle that SMART Web Messaging needs comes with the token of a SMART launch.',
      'Set context.launch.kind to "smart", or write "live": "none".',
    );
  else if (given.length === 0)
    report(
      [...system, 'context', 'live'],
      'This application has no scope for SMART Web Messaging.',
      'Add "messaging/ui" to signOn.scopes.',
    );
}
