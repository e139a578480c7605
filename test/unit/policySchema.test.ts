import fs from 'node:fs';
import { parse } from 'jsonc-parser';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { schemaFile, schemaText } from '../../build/schema.js';
import { exampleText, minimal } from './policyExample.js';

test('build/lanyard.schema.json is fresh (else: npx tsx build/schema.ts)', async () => {
  expect(fs.readFileSync(schemaFile, 'utf8')).toBe(await schemaText());
});

test('an editor with the generated schema accepts the example and refuses an unknown key', () => {
  const schema = z.fromJSONSchema(JSON.parse(fs.readFileSync(schemaFile, 'utf8')) as z.core.JSONSchema.JSONSchema);
  expect(schema.safeParse(parse(exampleText)).success).toBe(true);
  expect(schema.safeParse(minimal()).success).toBe(true);
  expect(schema.safeParse({ ...minimal(), extra: 1 }).success).toBe(false);
});
