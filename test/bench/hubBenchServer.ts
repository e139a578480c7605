/** The measured process: our hub or the floor, alone, so that its processor time is nobody else's. */
import { startHub } from '../../main/context/hub/hub.js';
import { startFloor } from './hubFloor.js';

/** What the bench is told when the server listens. `topic` and `token` are empty for the floor. */
export interface Ready {
  readonly url: string;
  readonly topic: string;
  readonly token: string;
}
/** Answer to each question: microseconds of processor time so far, bytes of resident memory. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

function reply(message: Ready | Usage): void {
  process.send?.(message);
}

if (process.argv[2] === 'floor') {
  reply({ url: await startFloor(), topic: '', token: '' });
} else {
  const hub = await startHub({
    report: (error) => {
      process.stderr.write(`${String(error)}\n`);
    },
  });
  const topic = hub.tokens.openTopic();
  const expiresAt = Date.now() + 3_600_000;
  const token = hub.tokens.grant({ topic, scopes: 'fhircast/*.*', expiresAt, subscriberName: null });
  reply({ url: hub.url, topic, token });
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  reply({ cpu: user + system, memory: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(0));
