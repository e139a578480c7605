/** What one sign-in has of intents and of what is open beside the patient, put together. */
import type { WorkspaceState } from '../../../preload/contract.js';
import type { Beside } from '../../domain/beside.js';
import { DeeperContext, type Subject } from '../deeperContext.js';
import type { BesidePort } from '../hubHost/hubBridge.js';
import { isMeant } from '../live/contexts.js';
import { ChoosingDesk, type IntentDeskParts } from './intentDesk.js';

export interface IntentParts extends Omit<IntentDeskParts, 'isMeant' | 'beside'> {
  /** FHIR identifier system of each assigning authority. */
  readonly identifierSystems: ReadonlyMap<string, string>;
  /** Every tab that follows the patient. */
  readonly follow: (beside: Beside) => void;
  /** Other programs. */
  readonly publish: (change: 'open' | 'close', subject: Subject) => void;
}

export interface Intents {
  readonly desk: ChoosingDesk;
  readonly beside: DeeperContext;
  /** For the bridge to the context hub. */
  readonly forHub: BesidePort;
  /** For the shell's pages. */
  readonly state: Pick<WorkspaceState, 'beside' | 'intents' | 'intentQuestion'>;
  /** Another patient, or none: to be called in the turn of the commit, before anybody follows. */
  patientChanged(): void;
}

export function openIntents({ identifierSystems, follow, publish, ...parts }: IntentParts): Intents {
  const { audit, chosen, changed } = parts;
  const beside = new DeeperContext({ audit, chosen, follow, publish, changed });
  const desk = new ChoosingDesk({
    ...parts,
    beside,
    isMeant: (patient, meant) => isMeant(patient, meant, identifierSystems),
  });
  return {
    desk,
    beside,
    forHub: {
      current: () => subjectsOf(beside.current),
      open: (subject, name) => {
        beside.open(subject, chosen().epoch, { by: 'program', name });
      },
      close: (subject) => void beside.close(subject, 'program'),
    },
    get state() {
      const { study, encounter } = beside.current;
      return {
        beside: {
          study: study && { accessionNumber: study.accessionNumber },
          encounter: encounter && { number: encounter.numbers[0]?.value ?? '' },
        },
        intents: [...desk.offered],
        intentQuestion: desk.question,
      };
    },
    patientChanged: () => {
      beside.patientChanged();
      desk.patientChanged();
    },
  };
}

function subjectsOf({ study, encounter }: Beside): Subject[] {
  return [
    ...(study ? [{ kind: 'study' as const, study }] : []),
    ...(encounter ? [{ kind: 'encounter' as const, encounter }] : []),
  ];
}
