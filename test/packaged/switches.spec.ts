/** S17: switches for which there is no fuse. The shipped program refuses each with exit code 2, before it opens a port. */
import { type AddressInfo, connect, createServer } from 'node:net';
import { endProcess, hasEnded } from '../../build/processes.js';
import { asOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { expect, outcomeOf, runToEnd, start, test } from './launch.js';

const REFUSED = [
  '--remote-debugging-pipe',
  '--ignore-certificate-errors',
  '--disable-web-security',
  '--host-resolver-rules=MAP * 127.0.0.1',
  '--proxy-server=127.0.0.1:9',
  '--load-extension=/tmp',
];

for (const given of REFUSED)
  test(`the product refuses ${given}`, async ({ product, userData }) => {
    const { ending } = await runToEnd(product.launcher, [`--user-data-dir=${userData}`, given]);
    expect(ending).toBe('2');
  });

test('the product refuses to run without its sandbox', async ({ product, userData }) => {
  // the launcher of the tests refuses the switch too, so the product is asked directly
  const [program, ...first] = [...asOrdinaryUser(), product.executable];
  // eslint-disable-next-line no-restricted-syntax -- this is where it is refused
  const { ending } = await runToEnd(program, [...first, `--user-data-dir=${userData}`, '--no-sandbox']);
  expect(ending).toBe('2');
});

test('the product refuses --remote-debugging-port and never opens it', async ({ product, userData }) => {
  const port = await freePort();
  const program = start(product.launcher, [`--user-data-dir=${userData}`, `--remote-debugging-port=${port}`]);
  const [outcome, reached] = await Promise.all([outcomeOf(program), wasReached(port, () => hasEnded(program))]);
  expect(outcome.ending).toBe('2');
  expect(reached).toBe(false);
});

test('the port would have been noticed: the test variant opens it', async ({ variant, userData }) => {
  const port = await freePort();
  const program = start(variant.launcher, [`--user-data-dir=${userData}`, `--remote-debugging-port=${port}`]);
  const reached = await wasReached(port, () => hasEnded(program));
  await endProcess(program, 2_000);
  expect(reached).toBe(true);
});

/** Knocks until the port answers or the program has ended. */
async function wasReached(port: number, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) if (await answers(port)) return true;
  return false;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', () => {
      setImmediate(settle, false);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
