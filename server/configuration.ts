/** What `audit-server` reads: one JSON file, comments allowed. File names are relative to it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, type ParseError } from 'jsonc-parser';
import { z } from 'zod';
import { DirectorySchema, RolesSchema } from '../main/policy/configuration.js';

const file = z.string().min(1).max(1000);
const words = z.string().min(1).max(300);

export const ServerConfigurationSchema = z.strictObject({
  listen: z.strictObject({ host: words, port: z.int().min(0).max(65_535) }),
  /** Its own certificate and key, and the authority that vouches for workstations and viewers. PEM. */
  tls: z.strictObject({ certificate: file, key: file, clientCaFile: file }),
  /** Its keys, its own part of the trail, and its own PostgreSQL where no database is named. Private. */
  folder: file,
  /** Of the service, and of whoever may make tables; postgresql://… Absent: a PostgreSQL of its own in `folder`. */
  database: z.strictObject({ service: words, owner: words.optional() }).optional(),
  trust: z.strictObject({ name: words, odsCode: words.optional() }),
  /** Names the tree in every checkpoint. */
  origin: z
    .string()
    .regex(/^[^\s+]{1,200}$/, 'a name without blanks and plus signs, such as audit.ward.example.nhs/trail'),
  directory: DirectorySchema,
  roles: RolesSchema,
  identifiers: z.array(z.strictObject({ authority: words, system: words })).default([]),
  /** Where checkpoints are kept beyond the reach of the database's administrator. */
  witness: z.strictObject({ file }).optional(),
  /** Absent: nothing is ever deleted. */
  retention: z.strictObject({ months: z.int().min(1).max(1200) }).optional(),
});
export type ServerConfiguration = z.output<typeof ServerConfigurationSchema>;

/** @throws with the path of the key and what is wrong with it */
export function readServerConfiguration(name: string): ServerConfiguration {
  const errors: ParseError[] = [];
  const value: unknown = parse(readFileSync(name, 'utf8'), errors, { allowTrailingComma: true });
  if (errors.length > 0) throw new Error(`${name} is no JSON (at character ${errors[0]?.offset ?? 0})`);
  const parsed = ServerConfigurationSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: where, message }) => `  ${where.join('.')}: ${message}`);
    throw new Error(`${name} cannot be used:\n${problems.join('\n')}`);
  }
  const absolute = (one: string): string => path.resolve(path.dirname(name), one);
  const { tls, folder, directory, witness, ...rest } = parsed.data;
  return {
    ...rest,
    tls: { certificate: absolute(tls.certificate), key: absolute(tls.key), clientCaFile: absolute(tls.clientCaFile) },
    folder: absolute(folder),
    directory: {
      ...directory,
      ...(directory.caFile !== undefined && { caFile: absolute(directory.caFile) }),
      ...(directory.serviceAccount && {
        serviceAccount: { ...directory.serviceAccount, passwordFile: absolute(directory.serviceAccount.passwordFile) },
      }),
    },
    ...(witness && { witness: { file: absolute(witness.file) } }),
  };
}
