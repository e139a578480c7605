/**
 * The audit pages' side in the main process: who may ask, that it is on record before it is answered, and where the
 * answer comes from. The audit server decides once more, by itself.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { AuditEntrance, AuditPlace, DeliveryHealth } from '../../../preload/auditContract.js';
import type { Role } from '../../../preload/contract.js';
import type { AuditPort } from '../../domain/audit.js';
import { mayJudge, mayLook, mayUnmask } from '../../domain/auditAccess.js';
import { missing, questions } from '../../domain/auditQuestions.js';
import { LanyardError } from '../../domain/errors.js';
import type { Handlers } from '../../ipc/router.js';
import type { AuditStore } from '../store/auditStore.js';
import type { RemoteAuditStore } from '../store/remoteAuditStore.js';
import { ViewLog } from '../viewLog.js';
import { exportText, type ExportFacts, EXTENSIONS } from './exportFormats.js';

export interface AuditDeskParts {
  readonly user: string;
  readonly roles: readonly Role[];
  /** null: there is no audit server. */
  readonly server: RemoteAuditStore | null;
  readonly serverHost: string | null;
  readonly spool: AuditStore;
  readonly audit: AuditPort;
  readonly deliveries: () => Promise<DeliveryHealth[]>;
  readonly systems: readonly { readonly id: string; readonly title: string }[];
  /** Where exports are written. */
  readonly downloads: string;
  readonly facts: Pick<ExportFacts, 'trust' | 'rendering' | 'verifier'>;
  readonly now: () => Date;
}

export type AuditDesk = Pick<Handlers, `audit.${string}` & keyof Handlers>;

export function openAuditDesk(parts: AuditDeskParts): AuditDesk {
  const { user, roles, audit, server, spool } = parts;
  const views: Readonly<Record<AuditPlace, ViewLog>> = {
    server: new ViewLog(audit, 'server', () => parts.now().getTime()),
    spool: new ViewLog(audit, 'spool', () => parts.now().getTime()),
  };
  const refuse = (message: string): never => {
    audit.record({ type: 'audit.refused', user, because: 'no-role' });
    throw new LanyardError('forbidden', message);
  };
  /** @throws LanyardError('forbidden'), on record */
  const looking = (): void => {
    if (!mayLook(roles)) refuse('You have no role that may look at the audit trail. That you tried is on record');
  };
  const unmasking = (reason: string | null): void => {
    looking();
    if (reason !== null && !mayUnmask(roles))
      refuse('Your role may not be told who the patients are. That you tried is on record');
  };
  const storeOf = (place: AuditPlace): AuditStore => {
    if (place === 'spool') return spool;
    if (!server)
      throw new LanyardError('bad-request', 'There is no audit server here: look at the trail of this computer');
    return server;
  };
  const askable = (question: keyof typeof questions, filter: Parameters<typeof missing>[1]): void => {
    const lacking = missing(question, filter);
    if (lacking !== null) throw new LanyardError('bad-request', lacking);
  };
  return {
    'audit.open': (): AuditEntrance => {
      looking();
      return {
        places: server ? ['server', 'spool'] : ['spool'],
        server: parts.serverHost,
        mayUnmask: mayUnmask(roles),
        mayJudge: mayJudge(roles),
        systems: parts.systems.map(({ id, title }) => ({ id, title })),
        questions: Object.entries(questions).map(([id, { text }]) => ({ id: id as keyof typeof questions, text })),
      };
    },
    'audit.ask': ({ place, query }) => {
      unmasking(query.reason);
      askable(query.question, query.filter);
      views[place].looked({ user, question: query.question, filter: query.filter, reason: query.reason });
      return storeOf(place).ask(query);
    },
    'audit.activity': ({ place, question, filter }) => {
      looking();
      askable(question, filter);
      views[place].looked({ user, question, filter, reason: null });
      return storeOf(place).activity(question, filter);
    },
    'audit.alerts': async ({ place, reason }) => {
      unmasking(reason);
      views[place].looked({ user, question: 'alerts', filter: {}, reason });
      return [...(await storeOf(place).alerts(reason))];
    },
    'audit.answerAlert': async ({ place, reference, answer, note }) => {
      looking();
      if (!mayJudge(roles))
        refuse('Only a privacy officer judges an access by break-glass. That you tried is on record');
      if (place === 'server' && server) await server.answer(reference, answer, note);
      else {
        const known = (await spool.alerts(null)).some((alert) => alert.reference === reference);
        if (!known) throw new LanyardError('bad-request', 'There is no such alert');
        audit.record({ type: 'alert.answered', user, reference, answer, note });
      }
    },
    'audit.health': async ({ place }) => {
      looking();
      views[place].looked({ user, question: 'health', filter: {}, reason: null });
      const [health, deliveries] = await Promise.all([storeOf(place).health(), parts.deliveries()]);
      return { ...health, deliveries };
    },
    'audit.prove': async ({ place, rows }) => {
      looking();
      return [...(await storeOf(place).prove(rows))];
    },
    'audit.export': async ({ place, question, filter, reason, format }) => {
      unmasking(reason);
      askable(question, filter);
      views[place].looked({ user, question, filter, reason });
      const evidence = await storeOf(place).evidence(question, filter, reason);
      const at = parts.now().toISOString();
      const { text, records } = await exportText(format, evidence, {
        ...parts.facts,
        question,
        text: questions[question].text,
        filter,
        reason,
        by: user,
        at,
        systems: Object.fromEntries(parts.systems.map(({ id, title }) => [id, title])),
      });
      const hash = createHash('sha256').update(text).digest('hex');
      audit.record({ type: 'audit.exported', user, question, filter, reason, format, records, hash });
      await fs.mkdir(parts.downloads, { recursive: true });
      const stamp = at.slice(0, 19).replaceAll(':', '').replace('T', '-');
      const file = path.join(parts.downloads, `audit-${question}-${stamp}.${EXTENSIONS[format]}`);
      await fs.writeFile(file, text, { flag: 'wx', mode: 0o600 });
      return { file, records, hash };
    },
  };
}

/** Each call to the desk of whoever is signed in. */
export function auditDeskCalls(desk: () => AuditDesk): AuditDesk {
  return {
    'audit.open': (input) => desk()['audit.open'](input),
    'audit.ask': (input) => desk()['audit.ask'](input),
    'audit.activity': (input) => desk()['audit.activity'](input),
    'audit.alerts': (input) => desk()['audit.alerts'](input),
    'audit.answerAlert': (input) => desk()['audit.answerAlert'](input),
    'audit.health': (input) => desk()['audit.health'](input),
    'audit.prove': (input) => desk()['audit.prove'](input),
    'audit.export': (input) => desk()['audit.export'](input),
  };
}
