/** The arguments of `npm run hub`, as a value or as a complaint. */
import { parseArgs } from 'node:util';

export interface HubArguments {
  readonly port: number;
  /** Null: one is made. */
  readonly token: string | null;
  readonly openTopics: boolean;
}

export const usage = `Usage: npm run hub -- --port N [--token T] [--open-topics]

Runs Lanyard's FHIRcast hub alone on 127.0.0.1, for vendors who test their client.

  --port N        the port to listen on, 0 for a free one
  --token T       the access token clients must send; without it one is made
  --open-topics   accept any topic: for conformance tests, not in an installed Lanyard

It prints one line of JSON: hub.url, and the hub.topic and access_token it made.
Stop it with Ctrl+C.
`;

/** A complaint is one sentence for the person who typed. */
export type Parsed = { readonly arguments: HubArguments } | { readonly complaint: string };

export function parseHubArguments(args: readonly string[]): Parsed {
  let values: { port?: string | undefined; token?: string | undefined; 'open-topics'?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string' }, token: { type: 'string' }, 'open-topics': { type: 'boolean' } },
    }));
  } catch (error) {
    return { complaint: error instanceof Error ? error.message : String(error) };
  }
  const { port, token } = values;
  if (port === undefined) return { complaint: '--port is missing' };
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return { complaint: '--port must be a number from 0 to 65535' };
  if (token !== undefined && !/^[A-Za-z0-9\-._~+/]{1,512}=*$/.test(token)) {
    return { complaint: '--token must be 1 to 512 letters, digits and -._~+/' };
  }
  return { arguments: { port: Number(port), token: token ?? null, openTopics: values['open-topics'] ?? false } };
}
