/**
 * The least a WebSocket hub can do, to measure ours against: it takes a posted event and sends it to everybody. No
 * token, no topic, no check, no order of answers, no state.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export async function startFloor(): Promise<string> {
  const sockets = new Set<WebSocket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const event: unknown = JSON.parse(Buffer.concat(chunks).toString());
      const frame = JSON.stringify(event);
      for (const socket of sockets) socket.send(frame);
      response.writeHead(202, { 'content-length': 0 }).end();
    });
  });
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    sockets.add(socket);
    socket.on('message', (data: Buffer) => JSON.parse(data.toString()) as unknown);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
