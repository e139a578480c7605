/** The parts of the bench, in the order in which they run. */
import type { Part } from './bench.js';
import { audit } from './audit.bench.js';
import { badge } from './badge.bench.js';
import { contextHub } from './contextHub.bench.js';
import { growth } from './growth.bench.js';
import { idle } from './idle.bench.js';
import { memory } from './memory.bench.js';
import { patient } from './patient.bench.js';
import { readBack } from './readBack.bench.js';
import { session } from './session.bench.js';
import { signIn } from './signIn.bench.js';
import { signOn } from './signOn.bench.js';
import { start } from './start.bench.js';
import { tabs } from './tabs.bench.js';

export const parts: readonly Part[] = [
  start,
  signIn,
  signOn,
  session,
  patient,
  tabs,
  readBack,
  memory,
  idle,
  growth,
  contextHub,
  badge,
  audit,
];
