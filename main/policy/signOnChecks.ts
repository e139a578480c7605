/**
 * Rules between the keys that say how systems and identity providers are signed on to: nothing that is configured may
 * lead a password, a ticket or a token to a host outside a system's own origins.
 */
import { nearest } from '../domain/editDistance.js';
import { readSmartScope } from '../domain/smartScope.js';
import { listAt, originOf, originsOf, type Path, pathText, type Report, textAt, textsAt, valueAt } from './rawValue.js';

export function checkSignOns(raw: unknown, report: Report): void {
  listAt(raw, 'systems').forEach((_, index) => {
    const system: Path = ['systems', index];
    checkCredentials(raw, system, [...system, 'signOn'], report);
    checkSmart(raw, system, report);
    checkProviderOf(raw, system, report);
  });
  checkProviders(raw, report);
  checkVault(raw, report);
}

/** @param holder the system or provider whose origins count */
function checkCredentials(raw: unknown, holder: Path, signOn: Path, report: Report): void {
  const method = textAt(raw, ...signOn, 'method');
  if (method === 'negotiate' || method === 'http') checkHosts(raw, holder, signOn, report);
  if (method === 'negotiate' && valueAt(raw, [...signOn, 'otherwise']) !== undefined)
    checkRecipe(raw, holder, [...signOn, 'otherwise', 'recipe'], report);
  if (method === 'form') checkRecipe(raw, holder, [...signOn, 'recipe'], report);
}

function checkHosts(raw: unknown, holder: Path, signOn: Path, report: Report): void {
  const known = originsOf(raw, holder).flatMap((text) => (URL.canParse(text) ? new URL(text).hostname : []));
  for (const { text, index } of textsAt(raw, ...signOn, 'hosts')) {
    if (known.includes(text.toLowerCase())) continue;
    const meant = nearest(text, known);
    report(
      [...signOn, 'hosts', index],
      `"${text}" is not a host of this system: nothing is answered there.`,
      meant === null ? 'Add its origin to "origins", or remove it here.' : `Did you mean "${meant}"?`,
    );
  }
}

function checkRecipe(raw: unknown, holder: Path, recipe: Path, report: Report): void {
  if (typeof valueAt(raw, recipe) !== 'object') return;
  const origins = originsOf(raw, holder);
  for (const place of [
    [...recipe, 'origin'],
    [...recipe, 'frame', 'origin'],
  ]) {
    const written = textAt(raw, ...place);
    if (written === undefined || origins.includes(written)) continue;
    const meant = nearest(written, origins);
    report(
      place,
      'A password would be typed outside the origins.',
      meant === null ? `Add "${written}" to "origins", if it is right.` : `Did you mean "${meant}"?`,
    );
  }
  const steps = listAt(raw, ...recipe, 'steps');
  if (steps.length === 0) return;
  for (const [field, what] of [
    ['userName', 'user name'],
    ['password', 'password'],
  ] as const)
    if (!steps.some((_, index) => valueAt(raw, [...recipe, 'steps', index, field]) !== undefined))
      report([...recipe, 'steps'], `No step says where the ${what} is typed.`, `Add "${field}" to a step.`);
}

function checkSmart(raw: unknown, system: Path, report: Report): void {
  const launch: Path = [...system, 'context', 'launch'];
  const signOn: Path = [...system, 'signOn'];
  const launches = textAt(raw, ...launch, 'kind') === 'smart';
  const signsOn = textAt(raw, ...signOn, 'method') === 'smart';
  if (launches && !signsOn)
    report([...launch, 'kind'], 'A SMART launch needs a registered application.', 'Set signOn.method to "smart".');
  if (signsOn && !launches)
    report(
      [...signOn, 'method'],
      'SMART needs the application’s launch address.',
      'Set context.launch.kind to "smart".',
    );
  if (launches && textAt(raw, ...system, 'kind') === 'pacs')
    report([...launch, 'kind'], 'An image viewer of kind "pacs" is not launched by SMART.', 'Set "kind" to "web".');
  if (launches) checkInside(raw, system, [...launch, 'url'], report);
  if (!signsOn) return;
  textsAt(raw, ...signOn, 'redirectUris').forEach(({ text, index }) => {
    checkInside(raw, system, [...signOn, 'redirectUris', index], report);
    if (text.includes('#'))
      report([...signOn, 'redirectUris', index], 'Such an address has no part after #.', 'Remove it, with the #.');
  });
  const scopes = textsAt(raw, ...signOn, 'scopes');
  for (const { text, index } of scopes)
    if (readSmartScope(text) === null)
      report(
        [...signOn, 'scopes', index],
        `Lanyard never gives the scope "${text}".`,
        'There are: launch, launch/patient, launch/encounter, openid, fhirUser, messaging/ui, and patient/TYPE.rs to read.',
      );
  if (scopes.length > 0 && !scopes.some(({ text }) => text === 'launch'))
    report([...signOn, 'scopes'], 'Without the scope "launch" nothing can be launched.', 'Add "launch".');
}

function checkProviderOf(raw: unknown, system: Path, report: Report): void {
  const method = textAt(raw, ...system, 'signOn', 'method');
  const provider = textAt(raw, ...system, 'signOn', 'provider');
  if (provider === undefined || (method !== 'oidc' && method !== 'saml')) return;
  const known = idsOf(raw, 'identityProviders');
  if (known.includes(provider)) return;
  const meant = nearest(provider, known);
  report(
    [...system, 'signOn', 'provider'],
    `There is no identity provider "${provider}".`,
    meant === null ? 'Add it to identityProviders.' : `Did you mean "${meant}"?`,
  );
}

function checkProviders(raw: unknown, report: Report): void {
  const systems = idsOf(raw, 'systems');
  const used = listAt(raw, 'systems').flatMap((_, index) => {
    const method = textAt(raw, 'systems', index, 'signOn', 'method');
    return method === 'oidc' || method === 'saml' ? (textAt(raw, 'systems', index, 'signOn', 'provider') ?? []) : [];
  });
  const providers = listAt(raw, 'identityProviders').map((_, index): Path => ['identityProviders', index]);
  const seen = new Map<string, Path>();
  for (const provider of providers) {
    checkCredentials(raw, provider, [...provider, 'signOn'], report);
    checkInside(raw, provider, [...provider, 'url'], report);
    checkInside(raw, provider, [...provider, 'signOutUrl'], report);
    checkSignedIn(raw, provider, report);
    const id = textAt(raw, ...provider, 'id');
    if (id === undefined) continue;
    const first = seen.get(id);
    if (first) report([...provider, 'id'], `"${id}" is used already by ${pathText(first)}.`);
    else seen.set(id, provider);
    // Stored sign-ins and audit lines name both by these ids.
    if (systems.includes(id)) report([...provider, 'id'], `"${id}" is the id of a system already.`, 'Choose another.');
    else if (!used.includes(id))
      report(
        [...provider, 'id'],
        `No system signs on by "${id}".`,
        'Name it in a system’s signOn.provider, or remove it.',
      );
  }
}

/** A form that asks for the name first shows no password box, as a page does that lets somebody in. */
function checkSignedIn(raw: unknown, provider: Path, report: Report): void {
  const signOn: Path = [...provider, 'signOn'];
  const hasForm =
    textAt(raw, ...signOn, 'method') === 'form' || valueAt(raw, [...signOn, 'otherwise', 'method']) === 'form';
  const signedIn = valueAt(raw, [...provider, 'signedIn']);
  const isEmpty = typeof signedIn === 'object' && signedIn !== null && Object.keys(signedIn).length === 0;
  if (isEmpty || (hasForm && signedIn === undefined))
    report(
      [...provider, 'signedIn'],
      'Nothing says how this provider shows that somebody is signed in.',
      'Write a "selector", "path" or "cookie" that is there only then.',
    );
}

function checkVault(raw: unknown, report: Report): void {
  const store = textAt(raw, 'vault', 'store');
  const mode = textAt(raw, 'workstation', 'mode');
  const folder = valueAt(raw, ['vault', 'folder']);
  if (store === 'keychain' && mode === 'shared')
    report(
      ['vault', 'store'],
      'On a shared workstation the keychain belongs to everybody who uses it.',
      'Write "memory" or "roaming-file".',
    );
  if (store === 'roaming-file' && mode === 'windows-user')
    report(
      ['vault', 'store'],
      'A roaming file is sealed by the password that is typed at the sign-in, and a Windows user types none.',
      'Write "keychain".',
    );
  if (store === 'roaming-file' && folder === undefined)
    report(['vault', 'store'], 'It is not said where the roaming file is.', 'Add "folder".');
  if (store !== 'roaming-file' && folder !== undefined)
    report(['vault', 'folder'], 'Only "store": "roaming-file" has a folder.', 'Remove this key.');
}

function checkInside(raw: unknown, holder: Path, place: Path, report: Report): void {
  const origin = originOf(textAt(raw, ...place) ?? '');
  const origins = originsOf(raw, holder);
  if (origin === null || origins.includes(origin)) return;
  const meant = nearest(origin, origins);
  report(
    place,
    'This address is not inside the origins.',
    meant === null ? `Add "${origin}" to "origins".` : `Add "${origin}" to "origins", or did you mean "${meant}"?`,
  );
}

function idsOf(raw: unknown, list: string): string[] {
  return listAt(raw, list).flatMap((_, index) => textAt(raw, list, index, 'id') ?? []);
}
