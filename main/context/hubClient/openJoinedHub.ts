/** Makes the joined hub of a session as the configuration says it. Loaded only where one is configured. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { JoinedHub, type JoinedHubParts } from './joinedHub.js';
import { readJoinFile } from './joinFile.js';
import { networkTransport } from './transport.js';

/** `contextHub.join` of the configuration, with absolute file names. */
export interface JoinSettings {
  readonly url: string;
  readonly file: string;
  readonly caFile?: string | undefined;
}

type Made = 'url' | 'subscriberName' | 'readJoin' | 'transport' | 'newId' | 'random';

/** @throws when the file with the CA cannot be read any more */
export function openJoinedHub({ url, file, caFile }: JoinSettings, parts: Omit<JoinedHubParts, Made>): JoinedHub {
  const hubUrl = new URL(url);
  return new JoinedHub({
    ...parts,
    url: hubUrl,
    subscriberName: 'Lanyard',
    readJoin: () => readJoinFile(file, hubUrl),
    transport: networkTransport(caFile === undefined ? undefined : readFileSync(caFile, 'utf8')),
    newId: randomUUID,
    random: Math.random,
  });
}
