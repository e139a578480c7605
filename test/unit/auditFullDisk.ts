/** Runs in a process of its own whose files the kernel limits: records until refused, and later closes the chain. */
import { randomBytes } from 'node:crypto';
import { AuditRecorder, everyInterval } from '../../main/audit/auditRecorder.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import { LanyardError } from '../../main/domain/errors.js';

const audit = new AuditRecorder({
  folder: new NodeAuditFolder(process.argv[2] ?? ''),
  version: '0.1.0',
  node: 'ward-7-pc-2',
  now: () => new Date(),
  monotonic: () => performance.now(),
  auditor: null,
  randomBytes,
  every: everyInterval,
});

process.on('message', (word) => {
  process.send?.(word === 'fill' ? fill() : finish());
});

function fill() {
  let cause: unknown;
  for (let found = 0; cause === undefined && found < 100; found++) {
    try {
      audit.record({ type: 'patient.searched', kind: 'nhs-number', found });
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error;
      cause = (error.cause as NodeJS.ErrnoException).code;
    }
  }
  return { healthy: audit.healthy, cause };
}

function finish() {
  audit.close();
  return { healthy: audit.healthy };
}
