/**
 * What the catalogue says each event must carry (FHIRcast §3): required keys, one resource of the right type under
 * each, an id and a business identifier on what is opened, and one patient only.
 *
 * The specification leaves this to the publisher. The hub checks it too, because an event that contradicts itself
 * about the patient is how the wrong patient gets shown.
 */
import { MalformedRequest } from './errors.js';
import { contextKey, type EventName } from './eventNames.js';
import { type ContextEntry, relativeReference, type Resource, resourceOf } from './message.js';
import { checkBundle } from './checkUpdateBundle.js';
import { checkReason } from './checkReason.js';

/** Resource types whose key is known, by key. */
const typeOfKey = new Map([
  ['patient', 'Patient'],
  ['encounter', 'Encounter'],
  ['study', 'ImagingStudy'],
  ['report', 'DiagnosticReport'],
]);
/** Beside the anchor itself: keys an open or close event must carry. */
const required: Readonly<Record<string, readonly string[]>> = { encounter: ['patient'], diagnosticreport: ['patient'] };

export function checkContext(event: EventName, context: readonly ContextEntry[]): void {
  switch (event.kind) {
    case 'open':
    case 'close':
      checkAnchored(event, context);
      return;
    case 'update':
      checkAnchor(event, context);
      checkBundle(context);
      return;
    case 'select':
      checkAnchor(event, context);
      return;
    case 'home':
      if (context.some(({ key }) => key !== 'extension')) throw new MalformedRequest('Home-open has an empty context');
      return;
    case 'logout':
    case 'hibernate':
      checkReason(event, context);
      return;
    case 'sync-error':
      checkOutcome(context);
      return;
    case 'heartbeat':
    case 'survey':
      throw new MalformedRequest(`${event.name} is sent by the hub only`);
    case 'proprietary':
      return;
  }
}

function checkAnchored(event: EventName, context: readonly ContextEntry[]): void {
  const anchorKey = contextKey(event.anchor);
  for (const key of [anchorKey, ...(Object.hasOwn(required, event.anchor) ? (required[event.anchor] ?? []) : [])]) {
    if (!resourceOf(context, key)) throw new MalformedRequest(`${event.name} needs a resource under the key ${key}`);
  }
  checkOnce(context, anchorKey);
  for (const { key, resource } of context) {
    const type = typeOfKey.get(key) ?? (key === anchorKey ? resource?.resourceType : undefined);
    if (type === undefined || !resource) continue;
    if (resource.resourceType !== type || (key === anchorKey && type.toLowerCase() !== event.anchor)) {
      throw new MalformedRequest(`the key ${key} must hold a resource of its own type`);
    }
    if (!resource.id) throw new MalformedRequest(`the resource under the key ${key} needs an id`);
    if (event.kind === 'open') checkIdentifiers(key, resource);
  }
  checkSubject(context);
}

function checkAnchor(event: EventName, context: readonly ContextEntry[]): void {
  const key = contextKey(event.anchor);
  const entry = context.find((one) => one.key === key);
  if (!entry?.resource?.id && !entry?.reference) {
    throw new MalformedRequest(`${event.name} needs its anchor under the key ${key}`);
  }
  checkOnce(context, key);
}

function checkOnce(context: readonly ContextEntry[], anchorKey: string): void {
  const once = new Set(['patient', 'encounter', 'report', anchorKey]);
  const seen = new Set<string>();
  for (const { key } of context) {
    if (once.has(key) && seen.has(key)) throw new MalformedRequest(`the key ${key} appears twice`);
    seen.add(key);
  }
}

/** A report's may also be that of its order (`basedOn`), or be missing: its patient and study carry theirs. */
function checkIdentifiers(key: string, resource: Resource): void {
  const identifiers = Array.isArray(resource['identifier']) ? (resource['identifier'] as unknown[]) : [];
  const ordered = key === 'study' && Array.isArray(resource['basedOn']) && resource['basedOn'].length > 0;
  if (key !== 'report' && typeOfKey.has(key) && !ordered && !identifiers.some(hasValue)) {
    throw new MalformedRequest(`the resource under the key ${key} needs a business identifier`);
  }
  if (key === 'study') identifiers.forEach(checkStudyUid);
}

function hasValue(identifier: unknown): boolean {
  return typeof valueOf(identifier, 'value') === 'string' && valueOf(identifier, 'value') !== '';
}

/** FHIR ImagingStudy: the Study Instance UID is `urn:oid:…` under the system `urn:dicom:uid`. */
function checkStudyUid(identifier: unknown): void {
  if (valueOf(identifier, 'system') !== 'urn:dicom:uid') return;
  const uid = valueOf(identifier, 'value');
  if (typeof uid !== 'string' || !/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/.test(uid)) {
    throw new MalformedRequest('a study identifier of system urn:dicom:uid must read urn:oid:…');
  }
}

/** Everything in one event is about one patient. */
function checkSubject(context: readonly ContextEntry[]): void {
  const patient = resourceOf(context, 'patient');
  if (!patient) return;
  for (const { key, resource } of context) {
    const subject = valueOf(resource?.['subject'], 'reference') ?? valueOf(resource?.['patient'], 'reference');
    const reference = typeof subject === 'string' ? relativeReference(subject) : undefined;
    if (reference?.startsWith('Patient/') && reference !== `Patient/${patient.id ?? ''}`) {
      throw new MalformedRequest(`the subject of the resource under the key ${key} is another patient`);
    }
  }
}

function checkOutcome(context: readonly ContextEntry[]): void {
  const outcome = resourceOf(context, 'operationoutcome');
  const issues = outcome?.resourceType === 'OperationOutcome' ? outcome['issue'] : undefined;
  if (!Array.isArray(issues) || issues.length === 0) {
    throw new MalformedRequest('SyncError needs an OperationOutcome with an issue under the key operationoutcome');
  }
}

function valueOf(object: unknown, member: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[member] : undefined;
}
