/** A server that can go away and come back at its address: connections go through this gate, which closes and opens. */
import net from 'node:net';

export interface Gate {
  readonly port: number;
  /** Nobody listens any more, and everybody who was connected is cut off. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /** The end of a test. */
  dispose(): Promise<void>;
}

/** In front of a server on loopback; open to begin with. */
export async function gateTo(target: { readonly port: number }): Promise<Gate> {
  const sockets = new Set<net.Socket>();
  const keep = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = net.createServer((caller) => {
    const called = net.connect(target.port, '127.0.0.1');
    keep(caller);
    keep(called);
    caller.pipe(called).pipe(caller);
    caller.on('close', () => called.destroy());
    called.on('close', () => caller.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, shut, open: () => listen(port), dispose: shut };
}

/** The port of an address. */
export function portOf(address: string): number {
  return Number(new URL(address).port);
}
