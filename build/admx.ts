/**
 * Writes what administrators set policies with, from the zod schema: build/policy/Lanyard.admx, its English texts
 * build/policy/en-GB/Lanyard.adml, and docs/POLICY-REFERENCE.md. `npx tsx build/admx.ts`; a test says when they are stale.
 * Source: Microsoft, "Group Policy ADMX Syntax Reference Guide".
 */
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { format } from 'prettier';
import { ConfigurationSchema } from '../main/policy/configuration.js';
import { POLICY_KEY } from '../main/policy/policyOverlay.js';

const ROOT = path.resolve(import.meta.dirname, '..');
/** For editors, and for the demo hospital alone. */
const NOT_A_POLICY: ReadonlySet<string> = new Set(['$schema', 'demo']);
/** The registry editor's own limit for a text. */
const LONGEST_TEXT = 16_000;
const LARGEST_NUMBER = 2_147_483_647;

interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
}

type Kind = 'switch' | 'number' | 'choice' | 'text' | 'lines' | 'names' | 'json';

interface Policy {
  readonly path: readonly string[];
  /** Letters, digits and _ only: a dot breaks the policy editor. */
  readonly id: string;
  readonly kind: Kind;
  readonly shape: Shape;
  readonly isRequired: boolean;
}

interface Category {
  readonly path: readonly string[];
  readonly id: string;
}

/** Absolute file → what it must hold. */
export async function policyFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = z.toJSONSchema(ConfigurationSchema, { io: 'input', target: 'draft-2020-12' }) as Shape;
  const categories: Category[] = [];
  const policies: Policy[] = [];
  collect(schema, [], categories, policies);
  const reference = await format(referenceOf(policies), { parser: 'markdown', printWidth: 140 });
  return new Map([
    [path.join(ROOT, 'build/policy/Lanyard.admx'), admxOf(categories, policies)],
    [path.join(ROOT, 'build/policy/en-GB/Lanyard.adml'), admlOf(categories, policies)],
    [path.join(ROOT, 'docs/POLICY-REFERENCE.md'), reference],
  ]);
}

function collect(shape: Shape, at: readonly string[], categories: Category[], policies: Policy[]): void {
  for (const [name, inner] of Object.entries(shape.properties ?? {})) {
    if (at.length === 0 && NOT_A_POLICY.has(name)) continue;
    const below = [...at, name];
    const id = below.join('_').replaceAll(/\W/g, '_');
    if (inner.properties) {
      categories.push({ path: below, id });
      collect(inner, below, categories, policies);
    } else {
      const isRequired = shape.required?.includes(name) === true;
      policies.push({ path: below, id, kind: kindOf(inner), shape: inner, isRequired });
    }
  }
}

function kindOf({ type, enum: choices, items, additionalProperties }: Shape): Kind {
  switch (type) {
    case 'boolean':
      return 'switch';
    case 'integer':
      return 'number';
    case 'string':
      return choices ? 'choice' : 'text';
    case 'array':
      return items?.type === 'string' ? 'lines' : 'json';
    case undefined:
    default:
      return typeof additionalProperties === 'object' && additionalProperties.type === 'string' ? 'names' : 'json';
  }
}

// ── ADMX: what is set ──

function admxOf(categories: readonly Category[], policies: readonly Policy[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">
  <policyNamespaces><target prefix="lanyard" namespace="Lanyard.Policies.Lanyard" /></policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn><definitions><definition name="supported" displayName="$(string.supported)" /></definitions></supportedOn>
  <categories>
    <category name="lanyard" displayName="$(string.lanyard)" />
${categories.map(({ id, path: at }) => `    <category name="${id}" displayName="$(string.${id})"><parentCategory ref="${categoryOf(at)}" /></category>`).join('\n')}
  </categories>
  <policies>
${policies.map(policyElement).join('\n')}
  </policies>
</policyDefinitions>
`;
}

/** The category that something lies in. */
function categoryOf(at: readonly string[]): string {
  return at.length === 1 ? 'lanyard' : at.slice(0, -1).join('_');
}

function policyElement(policy: Policy): string {
  const { id, kind, path: at } = policy;
  const name = at.at(-1) ?? '';
  const key = keyOf(at);
  const head = `name="${id}" class="Machine" displayName="$(string.${id})" explainText="$(string.${id}_help)" key="${attribute(key)}"`;
  const where = `<parentCategory ref="${categoryOf(at)}" /><supportedOn ref="supported" />`;
  if (kind === 'switch')
    return `    <policy ${head} valueName="${name}">${where}<enabledValue><decimal value="1" /></enabledValue><disabledValue><decimal value="0" /></disabledValue></policy>`;
  return `    <policy ${head} presentation="$(presentation.${id})">${where}<elements>${element(policy)}</elements></policy>`;
}

function element({ id, kind, shape, path: at }: Policy): string {
  const name = at.at(-1) ?? '';
  const value = `id="${id}_value" valueName="${name}"`;
  switch (kind) {
    case 'switch':
      return '';
    case 'number':
      return `<decimal ${value} required="true" minValue="${shape.minimum ?? 0}" maxValue="${Math.min(shape.maximum ?? LARGEST_NUMBER, LARGEST_NUMBER)}" />`;
    case 'choice':
      return `<enum ${value} required="true">${(shape.enum ?? []).map((one, place) => `<item displayName="$(string.${id}_${place})"><value><string>${attribute(one)}</string></value></item>`).join('')}</enum>`;
    case 'text':
      return `<text ${value} required="true" maxLength="${Math.min(shape.maxLength ?? LONGEST_TEXT, LONGEST_TEXT)}" />`;
    case 'json':
      return `<text ${value} required="true" maxLength="${LONGEST_TEXT}" />`;
    case 'lines':
      return `<multiText ${value} required="true" />`;
    case 'names':
      return `<list id="${id}_value" key="${attribute(`${keyOf(at)}\\${name}`)}" explicitValue="true" />`;
  }
}

/** Below HKEY_LOCAL_MACHINE. */
function keyOf(at: readonly string[]): string {
  return [POLICY_KEY.replace(/^HKLM\\/, ''), ...at.slice(0, -1)].join('\\');
}

// ── ADML: how it is called ──

function admlOf(categories: readonly Category[], policies: readonly Policy[]): string {
  const strings: [id: string, text: string][] = [
    ['lanyard', 'Lanyard'],
    ['supported', 'Lanyard 0.1 or later'],
    ...categories.map(({ id, path: at }): [string, string] => [id, titleOf(at)]),
    ...policies.flatMap((policy): [string, string][] => [
      [policy.id, titleOf(policy.path)],
      [`${policy.id}_help`, helpOf(policy).join('\n')],
      ...(policy.kind === 'choice'
        ? (policy.shape.enum ?? []).map((one, place): [string, string] => [`${policy.id}_${place}`, one])
        : []),
    ]),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">
  <displayName>Lanyard</displayName>
  <description>Settings of Lanyard for the whole machine</description>
  <resources>
    <stringTable>
${strings.map(([id, text]) => `      <string id="${id}">${content(text)}</string>`).join('\n')}
    </stringTable>
    <presentationTable>
${policies
  .filter(({ kind }) => kind !== 'switch')
  .map((policy) => `      <presentation id="${policy.id}">${presentation(policy)}</presentation>`)
  .join('\n')}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}

function presentation({ id, kind, path: at }: Policy): string {
  const reference = `refId="${id}_value"`;
  const label = content(titleOf(at));
  switch (kind) {
    case 'switch':
      return '';
    case 'number':
      return `<decimalTextBox ${reference}>${label}</decimalTextBox>`;
    case 'choice':
      return `<dropdownList ${reference}>${label}</dropdownList>`;
    case 'text':
      return `<textBox ${reference}><label>${label}</label></textBox>`;
    case 'json':
      return `<textBox ${reference}><label>${label} (JSON)</label></textBox>`;
    case 'lines':
      return `<multiTextBox ${reference}>${label}</multiTextBox>`;
    case 'names':
      return `<listBox ${reference}>${label}</listBox>`;
  }
}

/** "lockAfterSeconds" → "Lock after seconds". */
function titleOf(at: readonly string[]): string {
  const words = (at.at(-1) ?? '').replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const FORM: Readonly<Record<Kind, string>> = {
  switch: 'On or off',
  number: 'A number',
  choice: 'One of a list',
  text: 'A text',
  lines: 'A list, one a line',
  names: 'Names and their values',
  json: 'JSON in one text; a long one belongs in lanyard.json',
};
const TYPE: Readonly<Record<Kind, string>> = {
  switch: 'REG_DWORD 0 or 1',
  number: 'REG_DWORD',
  choice: 'REG_SZ',
  text: 'REG_SZ',
  lines: 'REG_MULTI_SZ',
  names: 'a key with REG_SZ values',
  json: 'REG_SZ (JSON)',
};

function helpOf({ path: at, kind, shape, isRequired }: Policy): string[] {
  return [
    ...(shape.description === undefined ? [] : [shape.description]),
    `${FORM[kind]}${boundsOf(shape)}.`,
    defaultOf(shape, isRequired),
    `In lanyard.json: ${at.join('.')}. This policy wins over the file.`,
  ];
}

function boundsOf({ enum: choices, minimum, maximum }: Shape): string {
  if (choices) return `: ${choices.join(', ')}`;
  if (minimum === undefined || maximum === undefined || maximum > LARGEST_NUMBER) return '';
  return ` from ${minimum} to ${maximum}`;
}

function defaultOf(shape: Shape, isRequired: boolean): string {
  if (shape.default !== undefined) return `Unless set: ${JSON.stringify(shape.default)}.`;
  return isRequired ? 'Must be set where its section is used, here or in lanyard.json.' : 'Need not be set.';
}

// ── The reference page ──

function referenceOf(policies: readonly Policy[]): string {
  const rows = policies.map(({ path: at, kind, shape, isRequired }) =>
    [
      `\`${at.join('.')}\``,
      TYPE[kind] + boundsOf(shape),
      shape.default === undefined ? (isRequired ? 'must be set' : '–') : `\`${JSON.stringify(shape.default)}\``,
      (shape.description ?? '').replaceAll('|', '\\|').replaceAll('\n', ' '),
    ].join(' | '),
  );
  return `# Policies

Written by build/admx.ts from the schema of the configuration. Each setting is a value of the same name below \`${POLICY_KEY}\`, its dots are
keys: \`session.lockAfterSeconds\` is the value \`lockAfterSeconds\` of the key \`${POLICY_KEY}\\session\`. Policy wins over \`lanyard.json\`, which
wins over the default. build/policy holds the ADMX and its English texts for the central store.

| setting | in the registry | default | what it is |
| --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
}

function content(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;');
}

if (path.resolve(process.argv[1] ?? '') === import.meta.filename)
  for (const [file, text] of await policyFiles()) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
