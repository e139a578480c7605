/** The audit trail leaves the computer: to a receiver over TLS, and again when it was away; meanwhile it is said, and kept. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { type CertificateAuthority, createCertificateAuthority } from '../demo/certificates.js';
import { configurationFor, expect, labSystem, test } from './lanyard.js';

/** What a syslog receiver heard: whole messages, their frames taken away. */
class Receiver {
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  readonly messages: string[] = [];

  constructor(certificate: { certificatePem: string; privateKeyPem: string }) {
    this.#server = createServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem }, (socket) => {
      let held = Buffer.alloc(0);
      this.#sockets.add(socket);
      socket.on('error', () => undefined); // Lanyard was closed
      socket.on('data', (data: Buffer) => {
        held = Buffer.concat([held, data]);
        for (;;) {
          const blank = held.indexOf(0x20);
          const length = Number(held.toString('latin1', 0, blank));
          if (blank < 0 || held.length < blank + 1 + length) break;
          this.messages.push(held.toString('utf8', blank + 1, blank + 1 + length));
          held = held.subarray(blank + 1 + length);
        }
      });
    });
  }

  async listen(port: number): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  /** Of everything heard, each once. */
  get sequences(): readonly number[] {
    return [...new Set(this.messages.map((one) => Number(/ sequence="(\d+)"/.exec(one)?.[1])))];
  }
}

const started = async (
  authority: CertificateAuthority,
  port: number,
): Promise<{ receiver: Receiver; port: number }> => {
  const receiver = new Receiver(await authority.issue(['127.0.0.1']));
  return { receiver, port: await receiver.listen(port) };
};

test('what is recorded reaches the trust’s receiver, also what was recorded while it was away', async ({
  launch,
  surroundings,
}) => {
  const authority = await createCertificateAuthority('Receiver CA', new Date());
  const first = await started(authority, 0);
  const configuration = configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')], {
    audit: { syslog: { host: '127.0.0.1', port: first.port, caFile: 'receiver-ca.pem' } },
  }) as { files: Record<string, string> };
  const lanyard = await launch({
    ...configuration,
    files: { ...configuration.files, 'receiver-ca.pem': authority.caPem },
  });
  const { shell } = lanyard;
  await lanyard.signIn();
  await expect.poll(() => first.receiver.messages.some((one) => one.includes('UserID="amara.test@'))).toBe(true);
  expect(first.receiver.messages[0]).toMatch(/^<85>1 \S+ Ward-7 Lanyard - IHE\+RFC-3881 \[.*chain\.open|^<85>1 /);

  await first.receiver.close();
  await shell.getByRole('button', { name: 'Lock', exact: true }).click();
  await shell.getByLabel('Password').fill('not-the-password');
  await shell.getByRole('button', { name: 'Unlock' }).click();
  await expect(shell.getByRole('alert')).toContainText('wrong');
  const second = await started(authority, first.port);
  await expect
    .poll(() => second.receiver.messages.some((one) => one.includes('unlock') && one.startsWith('<84>')), {
      timeout: 30_000,
    })
    .toBe(true);
  await lanyard.close();
  const { sequences } = second.receiver;
  expect(sequences).toEqual(sequences.map((_, index) => index + 1)); // in order, none missing, to the very last line
  expect(second.receiver.messages.at(-1)).toContain('chain');
  await second.receiver.close();
});

test('a receiver that does not answer is said in the list of services, with what goes on meanwhile', async ({
  launch,
  surroundings,
}) => {
  const { receiver, port } = await started(await createCertificateAuthority('Receiver CA', new Date()), 0);
  await receiver.close();
  const lanyard = await launch(
    configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')], {
      audit: { syslog: { host: '127.0.0.1', port } },
    }),
  );
  await lanyard.signIn();
  await lanyard.shell.getByRole('button', { name: /1 service/ }).click();
  const list = lanyard.shell.getByRole('list', { name: 'Services' });
  await expect(list.getByRole('listitem', { name: 'Audit trail at the trust' })).toContainText('kept on this computer');
});
