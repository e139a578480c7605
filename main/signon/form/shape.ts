/**
 * The shape of a sign-in page: its visible fields, where its form goes and where its frames come from. It is kept when a
 * sign-in is learnt or first used; a page of another shape is not typed into. Numbers in names count as one sign: pages
 * number their fields anew each time.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../audit/canonicalJson.js';
import type { FieldSeen, Look } from './pageKit.js';

const text = z.string().max(300);

export const ShapeSchema = z.strictObject({
  fields: z.array(z.strictObject({ type: text, name: text, id: text, autocomplete: text, label: text })).max(100),
  /** Origin and path. */
  actions: z.array(z.string().max(2000)).max(50),
  /** Origins of the frames in the page, sorted. */
  frames: z.array(text).max(100),
});
export type Shape = z.infer<typeof ShapeSchema>;

/** @param userName what was typed already: pages repeat it ("Password for amara") */
export function shapeOf(look: Look, frameOrigins: readonly string[], userName: string | null): Shape {
  const anonymous = (label: string): string => (userName === null ? label : label.split(userName).join('…'));
  return {
    fields: look.fields.slice(0, 100).map((field) => ({
      type: field.type,
      name: steady(field.name),
      id: steady(field.id),
      autocomplete: field.autocomplete,
      label: anonymous(field.label),
    })),
    actions: look.actions.slice(0, 50),
    frames: [...new Set(frameOrigins)].sort().slice(0, 100),
  };
}

/** SHA-256 over canonical JSON, in hexadecimal. */
export function fingerprintOf(shape: Shape): string {
  return createHash('sha256').update(canonicalJson(shape)).digest('hex');
}

/** What is different, in sentences for support; empty: nothing. */
export function changesBetween(before: Shape, now: Shape): string[] {
  const changes: string[] = [];
  const left = [...now.fields];
  for (const field of before.fields) {
    const index = indexOfSame(left, field);
    if (index < 0) changes.push(`the field ${quoted(field)} is gone`);
    else changes.push(...changesOfField(field, left.splice(index, 1)[0] ?? field));
  }
  for (const field of left) changes.push(`a field ${quoted(field)} was added`);
  for (const action of now.actions)
    if (!before.actions.includes(action)) changes.push(`the form now goes to ${action}`);
  for (const action of before.actions)
    if (!now.actions.includes(action)) changes.push(`no form goes to ${action} any more`);
  for (const frame of now.frames) if (!before.frames.includes(frame)) changes.push(`a frame from ${frame} was added`);
  for (const frame of before.frames) if (!now.frames.includes(frame)) changes.push(`the frame from ${frame} is gone`);
  if (changes.length === 0 && canonicalJson(before) !== canonicalJson(now))
    changes.push('the fields stand in another order');
  return changes.slice(0, 30);
}

type Field = Shape['fields'][number];

function indexOfSame(fields: readonly Field[], wanted: Field): number {
  for (const key of ['name', 'id', 'label'] as const) {
    const index = wanted[key] === '' ? -1 : fields.findIndex((field) => field[key] === wanted[key]);
    if (index >= 0) return index;
  }
  return fields.findIndex((field) => field.type === wanted.type && field.name === '' && field.id === '');
}

function changesOfField(before: Field, now: Field): string[] {
  const changes: string[] = [];
  if (before.type !== now.type)
    changes.push(`the field ${quoted(before)} was of type “${before.type}” and is “${now.type}”`);
  if (before.label !== now.label) changes.push(`the field ${quoted(before)} is now labelled “${now.label}”`);
  for (const key of ['name', 'id', 'autocomplete'] as const)
    if (before[key] !== now[key])
      changes.push(`the field ${quoted(before)} had ${key} “${before[key]}” and has “${now[key]}”`);
  return changes;
}

function quoted({ label, name, id, type }: FieldSeen): string {
  return `“${[label, name, id, type].find((words) => words !== '') ?? ''}”`;
}

/** Numbers become one sign; what looks drawn by lot (letters and numbers in turn) says nothing at all. */
function steady(name: string): string {
  return /\d[a-z]+\d+[a-z]/iu.test(name) ? '' : name.replace(/\d+/gu, '#');
}
