/**
 * The file by which another program says how to join its session: `hub.topic` and `access_token` as FHIRcast and SMART
 * name them, like Lanyard's own context-hub.json. Read anew for every attempt: it changes with every session.
 */
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { LanyardError } from '../../domain/errors.js';

export interface JoinFile {
  readonly topic: string;
  readonly token: string;
}

const LARGEST = 64 * 1024;
const Content = z.looseObject({
  'hub.topic': z.string().min(1).max(512),
  access_token: z.string().regex(/^[A-Za-z0-9\-._~+/]{1,4096}=*$/),
  'hub.url': z.string().optional(),
});

/** @throws LanyardError('unavailable'); what it says never holds anything of the file */
export async function readJoinFile(file: string, hubUrl: URL): Promise<JoinFile> {
  const content = Content.safeParse(await readJson(file));
  if (!content.success) throw new LanyardError('unavailable', 'The file to join the context hub by is incomplete');
  const { 'hub.topic': topic, access_token: token, 'hub.url': url } = content.data;
  // SECURITY: where the token is sent is decided by the configuration alone
  if (url !== undefined && (!URL.canParse(url) || new URL(url).href !== hubUrl.href))
    throw new LanyardError('unavailable', 'The file to join the context hub by is for another hub');
  return { topic, token };
}

async function readJson(file: string): Promise<unknown> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LARGEST), 0, LARGEST, 0);
      return JSON.parse(buffer.subarray(0, bytesRead).toString('utf8'));
    } finally {
      await handle.close();
    }
  } catch (error) {
    // The reason may quote the file.
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new LanyardError(
      'unavailable',
      isAbsent
        ? 'There is no file to join the context hub by yet'
        : 'The file to join the context hub by cannot be read',
    );
  }
}
