/**
 * What the audit server answers, to whom. Every connection shows a certificate of the trust's authority; a workstation
 * may bring records with it, and nothing else. Questions need a viewer besides, and are on record before they are asked.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { TLSSocket } from 'node:tls';
import { z } from 'zod';
import { canonicalJson } from '../main/audit/canonicalJson.js';
import { lanyardCodeSystem } from '../main/audit/renderings/auditMessage.js';
import { fhirAuditEvent } from '../main/audit/renderings/fhirAuditEvent.js';
import type { AuditRecord } from '../main/audit/record.js';
import type { ViewLog } from '../main/audit/viewLog.js';
import type { AuditPort } from '../main/domain/audit.js';
import { mayJudge, mayUnmask } from '../main/domain/auditAccess.js';
import { missing, questions } from '../main/domain/auditQuestions.js';
import { LanyardError } from '../main/domain/errors.js';
import { AlertAnswer, AuditFilter, AuditQuery, QuestionId, RowName } from '../preload/auditContract.js';
import type { Checkpoints } from './checkpoints.js';
import { auditEventSearch } from './fhirSearch.js';
import type { SentLine } from './incoming.js';
import type { Store } from './store.js';
import type { Viewer, Viewers } from './viewers.js';
import type { Writer } from './writer.js';

export interface HttpParts {
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly writer: Writer;
  readonly store: Store;
  readonly viewers: Viewers;
  readonly views: ViewLog;
  readonly checkpoints: Checkpoints;
  readonly audit: AuditPort;
  readonly site: string | null;
  readonly identifierSystems: Readonly<Record<string, string>>;
  readonly report: (error: unknown) => void;
}

/** Bytes of one request: some thousand records. */
const LONGEST_REQUEST = 16 * 1024 * 1024;
const MOST_PROOFS = 200;

const Reason = z.string().min(10).max(300);
const SignIn = z.strictObject({ userName: z.string().min(1).max(300), password: z.string().min(1).max(1000) });
const Narrowed = z.strictObject({ question: QuestionId, filter: AuditFilter });
const Judged = z.strictObject({ answer: AlertAnswer, note: z.string().min(10).max(1000) });

/** An answer that is not what was asked for. */
class Refusal extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 503,
    message: string,
  ) {
    super(message);
  }
}

export function openHttp(parts: HttpParts): FastifyInstance {
  const { writer, store, viewers, views, checkpoints, audit } = parts;
  const server = fastify({
    bodyLimit: LONGEST_REQUEST,
    https: { ...parts.tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    requestTimeout: 60_000,
  }) as unknown as FastifyInstance;
  server.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) return reply.status(error.status).send({ error: error.message });
    if (error instanceof z.ZodError)
      return reply
        .status(400)
        .send({ error: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') });
    if (error instanceof LanyardError) return reply.status(503).send({ error: error.message });
    const { statusCode, message } = error as { statusCode?: number; message: string };
    if (statusCode !== undefined && statusCode < 500) return reply.status(statusCode).send({ error: message });
    const id = randomUUID();
    parts.report(Object.assign(new Error(`${id}: ${message}`), { cause: error }));
    return reply
      .status(503)
      .send({ error: `Something went wrong at the audit server. It is on record there as ${id}` });
  });
  server.setNotFoundHandler((_request, reply) => reply.status(404).send({ error: 'There is no such question' }));

  server.post('/v1/records', async (request, reply) => {
    const peer = peerOf(request);
    if (typeof request.body !== 'string') throw new Refusal(400, 'Records are sent as application/x-ndjson');
    const complete = new Set(
      String(request.headers['lanyard-complete'] ?? '')
        .split(',')
        .filter((chain) => chain !== ''),
    );
    const { committed, refused, gap } = await writer.submit(linesOf(request.body), peer, complete);
    return gap ? reply.status(409).send({ ...gap, committed }) : { committed, refused: refused.length };
  });

  server.post('/v1/sessions', async (request, reply) => {
    const { userName, password } = SignIn.parse(request.body);
    const gone = new AbortController();
    reply.raw.once('close', () => {
      gone.abort();
    });
    const entrance = await viewers.enter(userName, password, gone.signal);
    switch (entrance.outcome) {
      case 'let-in':
        return { token: entrance.token, expires: entrance.expires, ...entrance.viewer };
      case 'refused':
        throw new Refusal(401, 'The directory does not accept this name and password');
      case 'no-role':
        throw new Refusal(403, 'You have no role that may look at the audit trail. That you tried is on record');
      case 'unavailable':
        throw new Refusal(503, 'The directory does not answer, so nobody can be let in');
    }
  });
  server.delete('/v1/sessions', (request) => {
    viewers.leave(tokenOf(request));
    return {};
  });

  const viewerOf = (request: FastifyRequest): Viewer => {
    const viewer = viewers.of(tokenOf(request));
    if (!viewer) throw new Refusal(401, 'Sign in again: the session at the audit server ended');
    return viewer;
  };
  const unmasking = ({ roles, user }: Viewer, reason: string | null): void => {
    if (reason === null || mayUnmask(roles)) return;
    audit.record({ type: 'audit.refused', user, because: 'no-role' });
    throw new Refusal(403, 'Your role may not be told who the patients are. That you tried is on record');
  };

  server.get('/v1/questions', (request) => {
    viewerOf(request);
    return Object.entries(questions).map(([id, { text, needs }]) => ({ id, text, needs }));
  });
  server.post('/v1/ask', async (request) => {
    const viewer = viewerOf(request);
    const query = AuditQuery.parse(request.body);
    const lacking = missing(query.question, query.filter);
    if (lacking !== null) throw new Refusal(400, lacking);
    unmasking(viewer, query.reason);
    views.looked({ user: viewer.user, ...query });
    return store.ask(query);
  });
  server.post('/v1/activity', async (request) => {
    const { user } = viewerOf(request);
    const { question, filter } = Narrowed.parse(request.body);
    const lacking = missing(question, filter);
    if (lacking !== null) throw new Refusal(400, lacking);
    views.looked({ user, question, filter, reason: null });
    return store.activity(question, filter);
  });
  server.post('/v1/alerts', async (request) => {
    const viewer = viewerOf(request);
    const { reason } = z.strictObject({ reason: Reason.nullable() }).parse(request.body);
    unmasking(viewer, reason);
    views.looked({ user: viewer.user, question: 'alerts', filter: {}, reason });
    return store.alerts(reason);
  });
  server.post<{ Params: { reference: string } }>('/v1/alerts/:reference', async (request) => {
    const { roles, user } = viewerOf(request);
    const { answer, note } = Judged.parse(request.body);
    if (!mayJudge(roles)) {
      audit.record({ type: 'audit.refused', user, because: 'no-role' });
      throw new Refusal(403, 'Only a privacy officer judges an access by break-glass. That you tried is on record');
    }
    const { reference } = request.params;
    const alerts = await store.alerts(null);
    if (!alerts.some((alert) => alert.reference === reference)) throw new Refusal(404, 'There is no such alert');
    audit.record({ type: 'alert.answered', user, reference, answer, note });
    return {};
  });
  server.get('/v1/health', async (request) => {
    const { user } = viewerOf(request);
    views.looked({ user, question: 'health', filter: {}, reason: null });
    return store.health();
  });
  server.post('/v1/proofs', async (request) => {
    const { user } = viewerOf(request);
    const { rows } = z.strictObject({ rows: z.array(RowName).min(1).max(MOST_PROOFS) }).parse(request.body);
    views.looked({ user, question: 'proofs', filter: {}, reason: null });
    return { ...(await store.evidenceOf(rows)), verifier: checkpoints.verifier };
  });
  server.post('/v1/evidence', async (request, reply) => {
    const viewer = viewerOf(request);
    const { reason, ...asked } = Narrowed.extend({ reason: Reason }).parse(request.body);
    const lacking = missing(asked.question, asked.filter);
    if (lacking !== null) throw new Refusal(400, lacking);
    unmasking(viewer, reason);
    views.looked({ user: viewer.user, ...asked, reason });
    await checkpoints.sign(); // what was committed a moment ago is proven, too
    const { checkpoint, records } = await store.evidence(asked.question, asked.filter);
    const lines = async function* (): AsyncGenerator<string> {
      yield `${canonicalJson({ checkpoint, verifier: checkpoints.verifier })}\n`;
      for await (const record of records) yield `${canonicalJson(record)}\n`;
      yield '{"end":true}\n'; // an answer that was cut off has no end
    };
    return reply.type('application/x-ndjson').send(Readable.from(lines()));
  });
  server.get('/v1/checkpoint', async () => ({
    checkpoint: (await store.evidenceOf([{ chain: '0'.repeat(32), sequence: 1 }])).checkpoint,
    verifier: checkpoints.verifier,
  }));

  /** IHE ITI-81: what a FHIR client of the trust's asks. It has no mask, so only those come in who may be told. */
  server.get('/AuditEvent', async (request, reply) => {
    const viewer = viewerOf(request);
    const search = auditEventSearch(
      request.query as Record<string, string | string[] | undefined>,
      parts.identifierSystems,
    );
    if (typeof search === 'string') throw new Refusal(400, search);
    const reason = 'FHIR search (IHE ITI-81)';
    unmasking(viewer, reason);
    views.looked({ user: viewer.user, question: 'live', filter: search.filter, reason });
    const { records, next } = await store.records(search.filter, search.cursor);
    const rendering = { site: parts.site, codeSystem: lanyardCodeSystem, identifierSystems: parts.identifierSystems };
    const address = (cursor: string | null): string => {
      const query = new URLSearchParams(request.query as Record<string, string>);
      if (cursor === null) query.delete('_cursor');
      else query.set('_cursor', cursor);
      return `https://${request.headers.host ?? ''}/AuditEvent?${query.toString()}`;
    };
    return reply.header('content-type', 'application/fhir+json').send({
      resourceType: 'Bundle',
      type: 'searchset',
      link: [
        { relation: 'self', url: address(search.cursor) },
        ...(next === null ? [] : [{ relation: 'next', url: address(next) }]),
      ],
      entry: records.map(
        ({ chain, node, version, record }: { chain: string; node: string; version: string; record: AuditRecord }) => ({
          fullUrl: `https://${request.headers.host ?? ''}/AuditEvent/${chain}-${record.sequence}`,
          resource: {
            ...fhirAuditEvent(record, { chain, node, version, ...rendering }),
            id: `${chain}-${record.sequence}`,
          },
          search: { mode: 'match' },
        }),
      ),
    });
  });
  return server;
}

/** SECURITY(S31): who sends is what their certificate says, never what they say. */
function peerOf({ raw }: FastifyRequest): string {
  if (!(raw.socket instanceof TLSSocket)) throw new Refusal(403, 'This is no encrypted connection');
  const { subject, subjectaltname } = raw.socket.getPeerCertificate();
  const [name] = [subject.CN].flat();
  const [, dns] = /DNS:([^,]+)/.exec(subjectaltname ?? '') ?? [];
  const peer = name === undefined || name === '' ? dns : name;
  if (!peer) throw new Refusal(403, 'The certificate of this computer has no name');
  return peer.replaceAll('\0', '').slice(0, 300);
}

function tokenOf({ headers }: FastifyRequest): string {
  const [, token = ''] = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(headers.authorization ?? '') ?? [];
  if (token === '') throw new Refusal(401, 'Sign in first: POST /v1/sessions');
  return token;
}

/** "chain line" each. */
function linesOf(body: string): SentLine[] {
  return body
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => ({ chain: text.slice(0, 32), line: text.slice(33) }));
}
