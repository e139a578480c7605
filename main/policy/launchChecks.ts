/**
 * Rules between the keys that say how a system is brought to a patient: addresses stay inside its origins, macros stand
 * where something is known to fill them, keys have the right length, and a signature covers all it should.
 */
import { type Macro, readTemplate, readText } from '../domain/addressTemplate.js';
import { nearest } from '../domain/editDistance.js';
import type { KeyEncoding } from '../domain/keyText.js';
import { listAt, numberAt, originOf, originsOf, type Path, type Report, textAt, textsAt, valueAt } from './rawValue.js';

/** What a key in a file has to be. */
export interface KeyShape {
  readonly encoding: KeyEncoding;
  readonly leastBytes: number;
  readonly mostBytes: number;
}

/** Why a file cannot be used, or null when it can. The name is as written. */
export type FileProblem = (name: string, key?: KeyShape) => string | null;

const LONGEST_KEY = 4096;
const LONGEST_SECRET = 4096;

export function checkLaunch(raw: unknown, system: Path, fileProblem: FileProblem, report: Report): void {
  checkOneLaunch(raw, system, { launch: [...system, 'context', 'launch'], knows: [] }, fileProblem, report);
  const beside = { study: studyMacros, encounter: encounterMacros };
  for (const [key, knows] of Object.entries(beside)) {
    const launch: Path = [...system, 'context', key];
    checkOneLaunch(raw, system, { launch, knows }, fileProblem, report);
    checkBeside(raw, system, launch, report);
  }
  listAt(raw, ...system, 'intents').forEach((_, index) => {
    const launch: Path = [...system, 'intents', index, 'launch'];
    const knows = [...studyMacros, ...encounterMacros, 'orderNumber'] as const;
    checkOneLaunch(raw, system, { launch, knows }, fileProblem, report);
    checkBeside(raw, system, launch, report);
  });
}

/** Only some kinds can open one thing of the patient. */
function checkBeside(raw: unknown, system: Path, launch: Path, report: Report): void {
  const kind = textAt(raw, ...launch, 'kind');
  if (kind === 'smart' || kind === 'none')
    report(
      [...launch, 'kind'],
      'This kind of launch opens the patient only.',
      'Remove this key: the tab then stays with the patient.',
    );
  if (kind !== 'same-launch') return;
  const patients: Path = [...system, 'context', 'launch'];
  const own = textAt(raw, ...patients, 'kind');
  const opensStudies =
    own === 'study-lookup' || (own === 'invoke-image-display' && textAt(raw, ...patients, 'requestType') === 'STUDY');
  if (own !== undefined && !opensStudies)
    report(
      [...launch, 'kind'],
      'The launch for the patient names no studies, so it cannot open one of them.',
      'Write another launch here, with {studyInstanceUid} or {accessionNumber}.',
    );
}

/** `knows`: macros that only this launch has something for. */
interface LaunchPlace {
  readonly launch: Path;
  readonly knows: readonly MacroName[];
}

function checkOneLaunch(
  raw: unknown,
  system: Path,
  { launch, knows }: LaunchPlace,
  fileProblem: FileProblem,
  report: Report,
): void {
  const kind = textAt(raw, ...launch, 'kind');
  const check = new LaunchCheck(raw, system, launch, knows, fileProblem, report);
  switch (kind) {
    case undefined:
      return;
    case 'url-template':
      check.urlTemplate();
      break;
    case 'study-lookup':
      check.studyLookup();
      break;
    case 'form-post':
      check.formPost();
      break;
    case 'encrypted-parameters':
      check.encryptedParameters();
      break;
    case 'signed-url':
      check.signedUrl();
      break;
    case 'ticket':
      check.ticket();
      break;
    case 'invoke-image-display':
      check.invokeImageDisplay();
      break;
    case 'custom-protocol':
      check.customProtocol();
      break;
    default:
      return;
  }
  if (textAt(raw, ...system, 'kind') === 'pacs' && !isOverArchive(raw, launch))
    report(
      [...launch, 'kind'],
      'A system of kind "pacs" is launched over its archive.',
      'Set "kind" to "web"; or launch by "study-lookup", or by "invoke-image-display" with "dicomWebRoot".',
    );
}

export function checkAuthority(raw: unknown, path: Path, authority: string | undefined, report: Report): void {
  if (authority === undefined) return;
  const known = listAt(raw, 'patients', 'identifiers').flatMap(
    (_, index) => textAt(raw, 'patients', 'identifiers', index, 'authority') ?? [],
  );
  if (known.includes(authority)) return;
  const meant = nearest(authority, known);
  report(
    path,
    `No entry of patients.identifiers has the authority "${authority}".`,
    meant === null ? `Add one to patients.identifiers.` : `Did you mean "${meant}"?`,
  );
}

/** Whose the studies are that the viewer loaded can be asked of the archive. */
export function isOverArchive(raw: unknown, launch: Path): boolean {
  const kind = textAt(raw, ...launch, 'kind');
  return (
    kind === 'study-lookup' || (kind === 'invoke-image-display' && textAt(raw, ...launch, 'dicomWebRoot') !== undefined)
  );
}

type MacroName = Macro['name'];

const studyMacros: readonly MacroName[] = ['studyInstanceUid', 'accessionNumber'];
const encounterMacros: readonly MacroName[] = ['encounterNumber'];

/** As good as a ticket, so they are never said where an address or a reader could keep them. */
const hubMacros: readonly MacroName[] = ['hubUrl', 'hubTopic', 'hubToken'];

class LaunchCheck {
  constructor(
    private readonly raw: unknown,
    private readonly system: Path,
    private readonly launch: Path,
    private readonly knows: readonly MacroName[],
    private readonly fileProblem: FileProblem,
    private readonly report: Report,
  ) {}

  urlTemplate(): void {
    const template = [...this.launch, 'template'];
    const macros = this.#address(template);
    if (macros && !namesPatient(macros)) this.#sameForEverybody(template);
  }

  studyLookup(): void {
    const viewer = [...this.launch, 'viewer'];
    const macros = this.#address(viewer, ['studyInstanceUids']);
    if (macros && !macros.some(({ name }) => name === 'studyInstanceUids'))
      this.report(viewer, 'The viewer is not told which studies.', 'Write {studyInstanceUids} where they belong.');
    checkAuthority(this.raw, [...this.launch, 'authority'], this.#text('authority'), this.report);
  }

  formPost(): void {
    this.#inside([...this.launch, 'url']);
    const macros = this.#fields([...this.launch, 'fields'], hubMacros);
    if (macros && !namesPatient(macros)) this.#sameForEverybody([...this.launch, 'fields']);
  }

  encryptedParameters(): void {
    this.#inside([...this.launch, 'url']);
    const macros = this.#fields([...this.launch, 'encrypted'], hubMacros);
    if (macros && !namesPatient(macros)) this.#sameForEverybody([...this.launch, 'encrypted']);
    const plain = this.#fields([...this.launch, 'plain']);
    if (plain && namesPatient(plain))
      this.report([...this.launch, 'plain'], 'Here the patient would be readable for everybody.', 'Use "encrypted".');
    this.#key('key', 32, 32);
    this.#parametersOnce();
    const mac = valueAt(this.raw, [...this.launch, 'macKey']);
    const cipher = this.#text('cipher');
    if (cipher === 'aes-256-gcm' && mac !== undefined)
      this.report([...this.launch, 'macKey'], 'AES-256-GCM needs no second key.', 'Remove this key.');
    if (cipher !== 'aes-256-cbc-hmac-sha256') return;
    if (mac === undefined)
      this.report(
        [...this.launch, 'macKey'],
        'Without an HMAC nobody could tell a changed parameter.',
        'Add "macKey".',
      );
    this.#key('macKey', 32, LONGEST_KEY);
    const one = textAt(this.raw, ...this.launch, 'key', 'file');
    if (one !== undefined && one === textAt(this.raw, ...this.launch, 'macKey', 'file'))
      this.report([...this.launch, 'macKey', 'file'], 'The same key would encrypt and sign.', 'Use two keys.');
  }

  signedUrl(): void {
    const template = [...this.launch, 'template'];
    const canonical = [...this.launch, 'canonical'];
    const macros = this.#address(template, ['expires', 'notBefore']);
    const signed = this.#macros(canonical, ['expires', 'notBefore']);
    this.#key('key', 16, LONGEST_KEY);
    if (!macros) return;
    if (!namesPatient(macros)) this.#sameForEverybody(template);
    if (!macros.some(({ name }) => name === 'expires'))
      this.report(template, 'This address would be good for ever.', 'Write {expires} where its end belongs.');
    const parameter = this.#text('parameter') ?? 'signature';
    if (queryNames(textAt(this.raw, ...template)).includes(parameter))
      this.report([...this.launch, 'parameter'], `The address has a parameter "${parameter}" already.`);
    for (const macro of signed ? macros : [])
      if (!signed?.some((one) => isSameValue(one, macro)))
        this.report(
          canonical,
          `The signature would not cover {${macro.name}}: somebody could write another.`,
          'Write every macro of the address here, too; or remove this key, to sign the address as it is sent.',
        );
  }

  ticket(): void {
    this.#inside([...this.launch, 'request', 'url']);
    const asked = this.#fields([...this.launch, 'request', 'fields'], hubMacros);
    const template = [...this.launch, 'template'];
    const macros = this.#address(template, ['ticket']);
    if (valueAt(this.raw, [...this.launch, 'request', 'client', 'secret']) !== undefined)
      this.#keyAt([...this.launch, 'request', 'client', 'secret'], 1, LONGEST_SECRET);
    if (!asked || !macros) return;
    if (!macros.some(({ name }) => name === 'ticket'))
      this.report(template, 'The page is opened without the ticket.', 'Write {ticket} where it belongs.');
    if (!namesPatient([...asked, ...macros])) this.#sameForEverybody([...this.launch, 'request', 'fields']);
  }

  invokeImageDisplay(): void {
    this.#inside([...this.launch, 'url']);
    const authority = this.#text('authority');
    checkAuthority(this.raw, [...this.launch, 'authority'], authority, this.report);
    const asksPatient = this.#text('requestType') === 'PATIENT';
    const others = asksPatient
      ? ['studiesBy']
      : ['assigningAuthority', 'include', 'lowerDaysAgo', 'upperDaysAgo', 'mostRecentResults', 'modalitiesInStudy'];
    if (asksPatient || this.#text('requestType') === 'STUDY')
      for (const key of others)
        if (valueAt(this.raw, [...this.launch, key]) !== undefined)
          this.report(
            [...this.launch, key],
            `"requestType": "${asksPatient ? 'PATIENT' : 'STUDY'}" has no such parameter.`,
            'Remove this key.',
          );
    if (asksPatient) this.#issuer(authority);
    else if (this.#text('requestType') === 'STUDY' && this.#text('dicomWebRoot') === undefined)
      this.report([...this.launch, 'dicomWebRoot'], 'It is not said where the studies are looked up.', 'Add it.');
    this.#inside([...this.launch, 'dicomWebRoot']);
    const lower = numberAt(this.raw, ...this.launch, 'lowerDaysAgo');
    const upper = numberAt(this.raw, ...this.launch, 'upperDaysAgo');
    if (lower !== undefined && upper !== undefined && lower <= upper)
      this.report([...this.launch, 'lowerDaysAgo'], `This must be longer ago than upperDaysAgo (${upper}).`);
  }

  customProtocol(): void {
    const template = [...this.launch, 'template'];
    const macros = this.#macros(template);
    if (macros && !namesPatient(macros)) this.#sameForEverybody(template);
    const scheme = /^[^:]*/u.exec(textAt(this.raw, ...template) ?? '')?.[0] ?? '';
    const listed = textsAt(this.raw, 'workstation', 'programSchemes').map(({ text }) => text);
    if (macros && !listed.includes(scheme)) {
      const meant = nearest(scheme, listed);
      this.report(
        template,
        `"${scheme}" is not a scheme that Lanyard may open.`,
        meant === null ? 'Add it to workstation.programSchemes.' : `Did you mean "${meant}"?`,
      );
    }
    if (valueAt(this.raw, [...this.system, 'identity']) !== undefined)
      this.report(
        [...this.system, 'identity'],
        'What a desktop program shows cannot be read back.',
        'Remove this key: the tab then says "Not checked".',
      );
  }

  #text(key: string): string | undefined {
    return textAt(this.raw, ...this.launch, key);
  }

  #sameForEverybody(path: Path): void {
    this.report(path, 'This is the same for every patient.', 'Write {nhsNumber} where the number belongs.');
  }

  #issuer(authority: string | undefined): void {
    const entry = listAt(this.raw, 'patients', 'identifiers').findIndex(
      (_, index) => textAt(this.raw, 'patients', 'identifiers', index, 'authority') === authority,
    );
    if (entry < 0 || this.#text('assigningAuthority') !== undefined) return;
    if (textAt(this.raw, 'patients', 'identifiers', entry, 'dicomIssuer') === undefined)
      this.report(
        [...this.launch, 'assigningAuthority'],
        'It is not said which assigning authority the viewer knows this number by.',
        `Add it, or "dicomIssuer" to patients.identifiers[${entry}].`,
      );
  }

  #inside(path: Path): void {
    const origin = originOf(textAt(this.raw, ...path) ?? '');
    if (origin !== null && !originsOf(this.raw, this.system).includes(origin))
      this.report(path, 'This address is not inside the system’s origins.', `Add "${origin}" to "origins".`);
  }

  /** The macros of an address; null where it cannot be read, which values.ts has said already. */
  #address(path: Path, known: readonly MacroName[] = []): readonly Macro[] | null {
    const text = textAt(this.raw, ...path);
    const reading = text === undefined ? null : readTemplate(text);
    if (!reading?.ok) return null;
    if (!originsOf(this.raw, this.system).includes(reading.template.origin))
      this.report(
        path,
        'This address is not inside the system’s origins.',
        `Add "${reading.template.origin}" to "origins".`,
      );
    this.#known(path, reading.template.macros, known);
    return reading.template.macros;
  }

  #fields(path: Path, known: readonly MacroName[] = []): readonly Macro[] | null {
    const written = valueAt(this.raw, path);
    if (typeof written !== 'object' || written === null || Array.isArray(written)) return null;
    return Object.keys(written).flatMap((name) => this.#macros([...path, name], known) ?? []);
  }

  #macros(path: Path, known: readonly MacroName[] = []): readonly Macro[] | null {
    const text = textAt(this.raw, ...path);
    const reading = text === undefined ? null : readText(text);
    if (!reading?.ok) return null;
    this.#known(path, reading.macros, known);
    return reading.macros;
  }

  /** Every macro has something to fill it. */
  #known(path: Path, macros: readonly Macro[], known: readonly MacroName[]): void {
    for (const macro of macros) {
      const { name } = macro;
      if (macro.name === 'localNumber') checkAuthority(this.raw, path, macro.authority, this.report);
      if (hubMacros.includes(name) && textAt(this.raw, ...this.system, 'context', 'live') !== 'fhircast')
        this.report(path, `Only a subscriber of the context hub knows {${name}}.`, 'Add "live": "fhircast".');
      if (known.includes(name) || this.knows.includes(name)) continue;
      if (studyMacros.includes(name) || encounterMacros.includes(name) || name === 'orderNumber')
        this.report(
          path,
          `Here nothing is known of {${name}}.`,
          name === 'orderNumber'
            ? 'It may stand in the launch of an intent.'
            : `It may stand in context.${studyMacros.includes(name) ? 'study' : 'encounter'}, and in the launch of an intent.`,
        );
      if (hubMacros.includes(name))
        this.report(
          path,
          `{${name}} is as good as a ticket, and would be readable here.`,
          'It may stand in the fields of "form-post", of a ticket’s request, and in "encrypted".',
        );
      if (name === 'studyInstanceUids')
        this.report(path, 'Only a study lookup knows {studyInstanceUids}.', 'Did you mean "kind": "study-lookup"?');
      if (name === 'expires' || name === 'notBefore')
        this.report(path, `Only a signed address knows {${name}}.`, 'Did you mean "kind": "signed-url"?');
      if (name === 'ticket')
        this.report(path, 'Here the ticket is not known.', 'With "kind": "ticket" it stands in "template".');
      if (name === 'location' && textAt(this.raw, 'workstation', 'location') === undefined)
        this.report(path, 'This workstation has no location.', 'Add workstation.location.');
    }
  }

  #key(key: string, leastBytes: number, mostBytes: number): void {
    this.#keyAt([...this.launch, key], leastBytes, mostBytes);
  }

  #keyAt(path: Path, leastBytes: number, mostBytes: number): void {
    const name = textAt(this.raw, ...path, 'file');
    const encoding = textAt(this.raw, ...path, 'encoding') ?? 'base64';
    if (name === undefined || name === '') return;
    if (encoding !== 'base64' && encoding !== 'hex' && encoding !== 'text') return; // the schema says so
    const problem = this.fileProblem(name, { encoding, leastBytes, mostBytes });
    if (problem !== null) this.report([...path, 'file'], problem, 'File names are relative to the configuration file.');
  }

  /** Two parameters of one name: a system may read either. */
  #parametersOnce(): void {
    const suffix = this.#text('vectorSuffix');
    const encrypted = keysAt(this.raw, [...this.launch, 'encrypted']);
    const names = [
      ...queryNames(this.#text('url')),
      ...keysAt(this.raw, [...this.launch, 'plain']),
      ...encrypted,
      ...(suffix === undefined ? [] : encrypted.map((name) => `${name}${suffix}`)),
    ];
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) this.report(this.launch, `The parameter "${twice}" would be sent twice.`);
  }
}

function keysAt(raw: unknown, path: Path): string[] {
  const written = valueAt(raw, path);
  return typeof written === 'object' && written !== null ? Object.keys(written) : [];
}

function queryNames(address: string | undefined): string[] {
  return address !== undefined && URL.canParse(address) ? [...new URL(address).searchParams.keys()] : [];
}

/** A name or a birth date alone is nobody. */
function namesPatient(macros: readonly Macro[]): boolean {
  const naming: readonly MacroName[] = [
    'nhsNumber',
    'nhsNumber:spaced',
    'localNumber',
    'fhirId',
    'studyInstanceUids',
    ...studyMacros,
    ...encounterMacros,
  ];
  return macros.some(({ name }) => naming.includes(name));
}

/** However it is written. */
function isSameValue(one: Macro, other: Macro): boolean {
  if (one.name === 'localNumber' && other.name === 'localNumber') return one.authority === other.authority;
  return one.name.replace(/:.*/u, '') === other.name.replace(/:.*/u, '');
}
