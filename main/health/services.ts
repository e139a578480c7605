/** The services of one sign-in: what each is called, what its failing means to a clinician, and how it is tried again. */
import { NETWORK, type Service } from './serviceBoard.js';
import { systemService } from './tabServices.js';

/** Whether what is recorded reaches the trust's receiver. */
export const AUDIT_DELIVERY = 'audit-delivery';

export interface ServicePorts {
  /** 0: a locked session cannot be unlocked without the directory. */
  readonly offlineUnlockMinutes: number;
  /** null: there is none. */
  readonly hub: 'own' | 'joined' | null;
  /** The trust has the audit trail sent somewhere. */
  readonly sendsAudit: boolean;
  readonly systems: readonly { readonly id: string; readonly title: string }[];
  readonly directoryAnswers: (signal: AbortSignal) => Promise<boolean>;
  readonly searchAnswers: (signal: AbortSignal) => Promise<boolean>;
  /** Opens a system's page anew; false: not now. */
  readonly retry: (systemId: string) => boolean;
  readonly startHub: () => void;
}

/** Milliseconds between two looks at the directory, which nobody else asks while a clinician works. */
const LOOK_AT_DIRECTORY = 300_000;

/** In the order of the list: what everything needs first. */
export function servicesOf(ports: ServicePorts): readonly Service[] {
  const { offlineUnlockMinutes, hub, systems } = ports;
  return [
    {
      id: NETWORK,
      title: 'Network of this computer',
      meaning: 'What is open may be out of date. When the connection is back, every page is checked again.',
    },
    {
      id: 'directory',
      title: 'Directory',
      meaning: `You can go on working. ${unlocking(offlineUnlockMinutes)} New sign-ins and new passwords will fail.`,
      probe: ports.directoryAnswers,
      mayAlwaysBeAsked: true,
      every: LOOK_AT_DIRECTORY,
    },
    {
      id: 'patients',
      title: 'Finding patients',
      meaning: 'Nobody new can be found. A patient already chosen stays chosen, but what the banner says may be old.',
      probe: ports.searchAnswers,
      mayAlwaysBeAsked: true,
    },
    ...systems.map(({ id, title }) => ({
      id: systemService(id),
      title,
      meaning: 'Its page cannot be opened and stays covered. The other systems are not affected.',
      probe: () => Promise.resolve(ports.retry(id) ? null : false),
    })),
    ...(hub === null
      ? []
      : [
          {
            id: 'hub',
            title: 'Context hub',
            meaning: 'Other programs do not follow the patient chosen here. Check the patient in each program.',
            ...(hub === 'own' && { hurry: ports.startHub }),
          },
        ]),
    {
      id: 'audit',
      title: 'Audit trail',
      meaning: 'What is shown cannot be recorded, so no page is shown until it can. Call IT support.',
    },
    ...(ports.sendsAudit
      ? [
          {
            id: AUDIT_DELIVERY,
            title: 'Audit trail at the trust',
            meaning: 'You can go on working: what is recorded is kept on this computer and sent later, by itself.',
          },
        ]
      : []),
  ];
}

function unlocking(minutes: number): string {
  if (minutes === 0) return 'A locked session cannot be unlocked until it answers.';
  return `A locked session can be unlocked for ${minutes} minutes after the directory last answered.`;
}
