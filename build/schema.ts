/** Writes build/lanyard.schema.json from the zod schema: `npx tsx build/schema.ts`. A test says when it is stale. */
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { format } from 'prettier';
import { ConfigurationSchema } from '../main/policy/configuration.js';

export const schemaFile = path.join(import.meta.dirname, 'lanyard.schema.json');

/** What the file must hold. Editors use it to complete keys; Lanyard itself judges by the zod schema. */
export async function schemaText(): Promise<string> {
  const schema = z.toJSONSchema(ConfigurationSchema, { io: 'input', target: 'draft-2020-12' });
  return format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
}

if (path.resolve(process.argv[1] ?? '') === import.meta.filename) fs.writeFileSync(schemaFile, await schemaText());
