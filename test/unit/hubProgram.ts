/** Another program of the same user at Lanyard's context hub: it finds the session by the hand-off file's words. */
import { WebSocket } from 'ws';
import type { HandOff } from '../../main/context/hub/handOff.js';

export interface Heard {
  readonly id: string;
  readonly event: { 'hub.event': string; context: { key: string; resource: Record<string, unknown> }[] };
}

export interface HubProgram {
  readonly socket: WebSocket;
  /** Every event, oldest first; grows. */
  readonly heard: Heard[];
}

/** Subscribes over a real WebSocket, and answers each event with `answer()`; undefined: it says nothing. */
export async function subscribe(
  handOff: HandOff,
  events: string,
  answer: () => { status: number; reason?: string } | undefined = () => ({ status: 200 }),
  name = 'Dictation',
): Promise<HubProgram> {
  const response = await fetch(handOff['hub.url'], {
    method: 'POST',
    headers: { authorization: `Bearer ${handOff.access_token}` },
    body: new URLSearchParams({
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': handOff['hub.topic'],
      'hub.events': events,
      'subscriber.name': name,
    }),
  });
  if (response.status !== 202) throw new Error(`the hub answered ${response.status}`);
  const { 'hub.channel.endpoint': endpoint } = (await response.json()) as { 'hub.channel.endpoint': string };
  const heard: Heard[] = [];
  const socket = new WebSocket(endpoint);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as Partial<Heard>;
      if (frame.event === undefined || frame.id === undefined) {
        resolve(); // the confirmation
        return;
      }
      heard.push(frame as Heard);
      const said = answer();
      if (said) socket.send(JSON.stringify({ id: frame.id, ...said }));
    });
  });
  return { socket, heard };
}

/** @returns the HTTP status */
export async function publish(handOff: HandOff, id: string, event: string, context: object[] = []): Promise<number> {
  const response = await fetch(handOff['hub.url'], {
    method: 'POST',
    headers: { authorization: `Bearer ${handOff.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      timestamp: new Date().toISOString(),
      id,
      event: { 'hub.topic': handOff['hub.topic'], 'hub.event': event, context },
    }),
  });
  return response.status;
}

/** The first number of every patient that was opened. */
export function openedNumbers(heard: readonly Heard[]): string[] {
  return heard
    .filter(({ event }) => event['hub.event'] === 'Patient-open')
    .map(({ event }) => (event.context[0]?.resource['identifier'] as { value: string }[])[0]?.value ?? '');
}
