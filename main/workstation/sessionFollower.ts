/** What Lanyard does when the session around it is locked, comes back, or goes on at another computer. */
import type { LockReason } from '../../preload/contract.js';
import type { RecordableEvent } from '../domain/audit.js';
import type { SessionWatcher } from './sessionWatcher.js';

export interface SessionFollowerPorts {
  /** Records what has happened already: a line that cannot be written stops nothing. */
  readonly note: (event: RecordableEvent) => void;
  /** Nothing is green before it is verified again. */
  readonly verifyAnew: () => void;
  /** Does nothing where nobody is signed in, or it is locked already. */
  readonly lock: (reason: LockReason) => void;
  /** `session.lockOnRoam` of the configuration. */
  readonly lockOnRoam: boolean;
}

export function followSession(watcher: Pick<SessionWatcher, 'subscribe'>, ports: SessionFollowerPorts): void {
  watcher.subscribe((event) => {
    switch (event.type) {
      case 'locked':
        ports.lock('computer');
        break;
      case 'unlocked':
        ports.verifyAnew();
        break;
      case 'disconnected':
        ports.note({ type: 'workstation.disconnected', clientName: event.clientName });
        break;
      case 'reconnected':
        ports.verifyAnew();
        ports.note({ type: 'workstation.reconnected', clientName: event.clientName });
        break;
      case 'roamed':
        // Off the screen first: whoever sits at the other computer may be somebody else.
        if (ports.lockOnRoam) ports.lock('roaming');
        ports.verifyAnew();
        ports.note({ type: 'workstation.roamed', from: event.from, to: event.clientName });
        break;
    }
  });
}
