/**
 * The trail at the audit server. Who asks is let in with the password of the session, once; if that is refused it is
 * never tried again in this session.
 */
import { z } from 'zod';
import {
  AuditActivity,
  AuditAlert,
  type AuditAlert as AuditAlertType,
  AuditAnswer,
  type AuditFilter,
  type QuestionId,
  type RowName,
  type RowProof,
  TrailHealth,
} from '../../../preload/auditContract.js';
import { LanyardError } from '../../domain/errors.js';
import type { CredentialSource } from '../../signon/signOn.js';
import { proveRecord } from '../evidence/provenRecord.js';
import { readRecordLine } from '../recordLine.js';
import type { SecureAnswer, SecureClient, SecureRequest } from '../secureRequest.js';
import { readCheckpoint, type VerifierKey } from '../tree/checkpoint.js';
import type { AuditAsk, AuditStore, Evidence, EvidenceRecord } from './auditStore.js';

export interface RemoteParts {
  readonly client: Pick<SecureClient, 'ask'>;
  /** The name and password of the session; refused once, they are never taken again. */
  readonly credentials: Pick<CredentialSource, 'take' | 'confirm' | 'refuse' | 'untouched'>;
  /** Of the checkpoints, as the configuration says; null: none is trusted. */
  readonly verifier: VerifierKey | null;
}

const Entered = z.looseObject({ token: z.string() });
const Refused = z.looseObject({ error: z.string() });
const Record = z.strictObject({
  chain: z.string(),
  source: z.string().nullable(),
  node: z.string(),
  version: z.string(),
  previous: z.string(),
  line: z.string(),
  inclusion: z.strictObject({ leaf: z.int(), proof: z.array(z.string()) }).nullable(),
});
const Proofs = z.looseObject({ checkpoint: z.string().nullable(), records: z.array(Record) });
const Head = z.looseObject({ checkpoint: z.string().nullable() });
const End = z.strictObject({ end: z.literal(true) });

export class RemoteAuditStore implements AuditStore {
  readonly place = 'server';
  #token: string | null = null;
  #entering: Promise<string> | null = null;

  constructor(private readonly parts: RemoteParts) {}

  async ask(asked: AuditAsk): Promise<AuditAnswer> {
    return AuditAnswer.parse(await this.#post('v1/ask', asked));
  }

  async activity(question: QuestionId, filter: AuditFilter): Promise<AuditActivity> {
    return AuditActivity.parse(await this.#post('v1/activity', { question, filter }));
  }

  async alerts(reason: string | null): Promise<readonly AuditAlertType[]> {
    return z.array(AuditAlert).parse(await this.#post('v1/alerts', { reason }));
  }

  async answer(reference: string, answer: string, note: string): Promise<void> {
    await this.#post(`v1/alerts/${encodeURIComponent(reference)}`, { answer, note });
  }

  async health(): Promise<Omit<TrailHealth, 'deliveries'>> {
    return TrailHealth.omit({ deliveries: true }).parse(await this.#asked({ method: 'GET', path: 'v1/health' }));
  }

  async prove(rows: readonly RowName[]): Promise<RowProof[]> {
    const { checkpoint: note, records } = Proofs.parse(await this.#post('v1/proofs', { rows }));
    const { verifier } = this.parts;
    const checkpoint = note === null || verifier === null ? null : readCheckpoint(note, verifier);
    const isForged = note !== null && verifier !== null && checkpoint === null;
    return rows.map(({ chain, sequence }) => {
      const found = records.find((record) => record.chain === chain && sequenceOf(record) === sequence);
      if (!found) return { chain, sequence, verdict: 'missing', steps: ['The server does not have it any more'] };
      if (isForged)
        return {
          chain,
          sequence,
          verdict: 'altered',
          steps: ['The checkpoint is not signed by the key that is trusted here'],
        };
      const { verdict, steps } = proveRecord(found, checkpoint);
      return { chain, sequence, verdict, steps: [...steps] };
    });
  }

  async evidence(question: QuestionId, filter: AuditFilter, reason: string): Promise<Evidence> {
    const { text } = await this.#answered({
      method: 'POST',
      path: 'v1/evidence',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question, filter, reason }),
    });
    const [head = '', ...lines] = text.trimEnd().split('\n');
    if (!End.safeParse(JSON.parse(lines.pop() ?? 'null')).success)
      throw new LanyardError('audit-server', 'The export was cut off on its way. Try again');
    // eslint-disable-next-line @typescript-eslint/require-await -- what is here already is read as what would come
    const records = async function* (): AsyncGenerator<EvidenceRecord> {
      for (const line of lines) yield Record.parse(JSON.parse(line));
    };
    return { checkpoint: Head.parse(JSON.parse(head)).checkpoint, records: records() };
  }

  #post(path: string, input: unknown): Promise<unknown> {
    return this.#asked({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
  }

  async #asked(asked: SecureRequest): Promise<unknown> {
    return JSON.parse((await this.#answered(asked)).text) as unknown;
  }

  /** Once more with a new token, where the old one ended. @throws LanyardError with the server's own words */
  async #answered(asked: SecureRequest): Promise<SecureAnswer> {
    let answer = await this.#withToken(asked, await this.#entered());
    if (answer.status === 401) {
      this.#token = null;
      answer = await this.#withToken(asked, await this.#entered());
    }
    if (answer.status === 200) return answer;
    throw refusal(answer);
  }

  async #withToken(asked: SecureRequest, token: string): Promise<SecureAnswer> {
    return reached(
      this.parts.client.ask({ ...asked, headers: { ...asked.headers, authorization: `Bearer ${token}` } }),
    );
  }

  #entered(): Promise<string> {
    if (this.#token !== null) return Promise.resolve(this.#token);
    this.#entering ??= this.#enter().finally(() => {
      this.#entering = null;
    });
    return this.#entering;
  }

  async #enter(): Promise<string> {
    const { credentials, client } = this.parts;
    const taken = await credentials.take();
    if (!taken)
      throw new LanyardError(
        'forbidden',
        'The audit server needs your password, and Lanyard has none that it accepts. Sign out and in again',
      );
    const { userName, password } = taken;
    let answer: SecureAnswer;
    try {
      answer = await reached(
        client.ask({
          method: 'POST',
          path: 'v1/sessions',
          headers: { 'content-type': 'application/json' },
          body: password.use((text) => JSON.stringify({ userName, password: text })),
        }),
      );
    } catch (error) {
      await credentials.untouched?.();
      throw error;
    } finally {
      password.wipe();
    }
    // SECURITY: refused once, never tried again.
    if (answer.status === 401) await credentials.refuse();
    else if (answer.status === 503) await credentials.untouched?.();
    else await credentials.confirm();
    if (answer.status !== 200) throw refusal(answer);
    const { token } = Entered.parse(JSON.parse(answer.text));
    this.#token = token;
    return token;
  }
}

async function reached(asked: Promise<SecureAnswer>): Promise<SecureAnswer> {
  try {
    return await asked;
  } catch (cause) {
    throw new LanyardError(
      'audit-server',
      'The audit server cannot be reached. Try again, or look at the trail of this computer',
      {
        cause,
      },
    );
  }
}

function refusal({ status, text }: SecureAnswer): LanyardError {
  let words = `The audit server answered ${status}`;
  try {
    words = Refused.parse(JSON.parse(text)).error;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
  }
  return new LanyardError(
    status === 403 || status === 401 ? 'forbidden' : status === 400 ? 'bad-request' : 'audit-server',
    words,
  );
}

function sequenceOf({ line }: EvidenceRecord): number | null {
  return readRecordLine(line)?.record.sequence ?? null;
}
