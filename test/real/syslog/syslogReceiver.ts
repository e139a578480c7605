/** A real rsyslog that takes syslog over TLS from clients it knows, and writes what it is told, one record a line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ServerCertificate } from '../../demo/certificates.js';

export const HOST = '127.0.88.60';
const PORT = 6_514;

export class SyslogReceiver {
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-syslog-'));
  readonly #output = path.join(this.#folder, 'received');
  readonly #configuration = path.join(this.#folder, 'rsyslog.conf');
  #process: ChildProcess | null = null;

  readonly port = PORT;

  /** `certificate`: its own, and whom it trusts as clients. */
  constructor(certificate: ServerCertificate) {
    const file = (name: string, text: string): string => {
      const where = path.join(this.#folder, name);
      fs.writeFileSync(where, text, { mode: 0o600 });
      return where;
    };
    fs.writeFileSync(
      this.#configuration,
      `global(
  workDirectory="${this.#folder}"
  maxMessageSize="64k"
  defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="${file('ca.pem', certificate.caPem)}"
  defaultNetstreamDriverCertFile="${file('certificate.pem', certificate.certificatePem)}"
  defaultNetstreamDriverKeyFile="${file('key.pem', certificate.privateKeyPem)}"
)
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
template(name="whole" type="string" string="%pri% %msgid% %structured-data% %msg%\\n")
ruleset(name="take") { action(type="omfile" file="${this.#output}" template="whole") }
input(type="imtcp" address="${HOST}" port="${PORT}" ruleset="take")
`,
    );
  }

  async start(): Promise<void> {
    const started = spawn('rsyslogd', ['-n', '-f', this.#configuration, '-i', path.join(this.#folder, 'pid')], {
      stdio: 'ignore',
    });
    this.#process = started;
    await once(started, 'spawn');
    const end = performance.now() + 15_000;
    while (!(await isListening())) {
      if (started.exitCode !== null || performance.now() > end) throw new Error('rsyslog did not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** It stands still: what is sent to it lies in the sockets between. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** Whole lines it has written so far. */
  received(): readonly string[] {
    if (!fs.existsSync(this.#output)) return [];
    return fs.readFileSync(this.#output, 'utf8').split('\n').slice(0, -1);
  }

  async close(): Promise<void> {
    await this.kill();
    fs.rmSync(this.#folder, { recursive: true });
  }
}

function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(PORT, HOST);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
