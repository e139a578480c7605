/** What every kind of launch works with: one patient, one system, its tools, and texts with macros to fill. */
import type { Patient } from '../../../preload/contract.js';
import {
  fillTemplate,
  fillText,
  type Macro,
  readTemplate,
  readText,
  type TemplateValues,
} from '../../domain/addressTemplate.js';
import { LanyardError } from '../../domain/errors.js';
import type {
  ByteEncoding,
  ConnectedSystem,
  ConnectorTools,
  Fields,
  HubAccess,
  KeyReference,
  Launch,
  LaunchTools,
} from '../connector.js';

export interface LaunchWork {
  readonly system: ConnectedSystem;
  readonly patient: Patient;
  readonly tools: ConnectorTools;
  /** Aborted when another patient was chosen meanwhile, or when it takes too long. */
  readonly signal: AbortSignal;
  /** Present where the launch hands it on. */
  readonly hub?: HubAccess | undefined;
}

/** Macros of one kind only: the end of a signed address, a ticket. */
export type MoreValues = Readonly<Partial<Record<'notBefore' | 'expires' | 'ticket', string>>>;

export type NoRecord = Extract<Launch, { kind: 'no-record' }>;

export function launchTools({ system, tools }: LaunchWork): LaunchTools {
  if (!tools.launching) throw new LanyardError('configuration', `${system.id}: this kind of launch is not set up`);
  return tools.launching;
}

/** An address with its macros filled in, or why there is none. */
export function filledAddress(template: string, work: LaunchWork, more: MoreValues = {}): URL | NoRecord {
  const reading = readTemplate(template);
  if (!reading.ok) throw new LanyardError('configuration', `${work.system.id}: the launch address cannot be read`);
  const filled = fillTemplate(reading.template, valuesOf(work, more));
  return filled.filled ? new URL(filled.address) : missing(filled.missing, work);
}

/**
 * A text with its macros filled in, or why there is none.
 * @param write how a value is written; absent: as it is
 */
export function filledText(
  template: string,
  work: LaunchWork,
  more: MoreValues = {},
  write?: (value: string) => string,
): string | NoRecord {
  const reading = readText(template);
  if (!reading.ok) throw new LanyardError('configuration', `${work.system.id}: a text of its launch cannot be read`);
  const filled = fillText(reading.parts, valuesOf(work, more), write);
  return filled.filled ? filled.text : missing(filled.missing, work);
}

/** Every field filled in, in the order of the configuration, or why there are none. */
export function filledFields(fields: Fields, work: LaunchWork): readonly (readonly [string, string])[] | NoRecord {
  const filled: [string, string][] = [];
  for (const [name, template] of Object.entries(fields)) {
    const text = filledText(template, work);
    if (typeof text !== 'string') return text;
    filled.push([name, text]);
  }
  return filled;
}

export function isNoRecord(filled: object | string): filled is NoRecord {
  return typeof filled === 'object' && 'explanation' in filled;
}

/** SECURITY(S28): a key exists only while it is used; whatever happens, its bytes are overwritten. */
export async function withKey<T>(reference: KeyReference, tools: LaunchTools, use: (key: Uint8Array) => T): Promise<T> {
  const key = await tools.key(reference);
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

export function written(bytes: Uint8Array, encoding: ByteEncoding): string {
  return Buffer.from(bytes).toString(encoding);
}

export function needs(what: string, { system }: LaunchWork): NoRecord {
  return { kind: 'no-record', explanation: `${system.title} needs ${what}, and none is known.` };
}

function valuesOf({ patient, tools, hub }: LaunchWork, more: MoreValues): TemplateValues {
  const { userName, location } = tools.launching ?? {};
  return {
    patient,
    launch: {
      ...more,
      ...hub,
      ...(userName !== undefined && { userName }),
      ...(location !== undefined && { location }),
    },
    beside: tools.beside,
  };
}

function missing(macro: Macro, work: LaunchWork): NoRecord {
  return needs(wordFor(macro), work);
}

function wordFor(macro: Macro): string {
  switch (macro.name) {
    case 'nhsNumber':
    case 'nhsNumber:spaced':
      return "the patient's NHS number";
    case 'localNumber':
      return "the patient's hospital number";
    case 'dateOfBirth':
      return "the patient's date of birth";
    case 'familyName':
    case 'givenName':
      return "the patient's full name";
    case 'fhirId':
    case 'studyInstanceUids':
      return "the patient's record number";
    case 'studyInstanceUid':
      return "the study's StudyInstanceUID";
    case 'accessionNumber':
      return 'the accession number of the study';
    case 'orderNumber':
      return 'the number of the order';
    case 'encounterNumber':
      return 'the number of the encounter';
    case 'userName':
      return 'your user name';
    case 'location':
      return 'the location of this workstation';
    case 'notBefore':
    case 'expires':
      return 'a time';
    case 'ticket':
      return 'a ticket';
    case 'hubUrl':
    case 'hubTopic':
    case 'hubToken':
      return 'the context hub';
  }
}
