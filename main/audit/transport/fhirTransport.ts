/**
 * Any FHIR R4 server, as IHE's RESTful ATNA feed has it (ITI-20, FHIR feed): AuditEvents in a batch. Each has an id made
 * of its chain and number, so that the same record sent twice is the same resource.
 */
import type { Bundle } from '@medplum/fhirtypes';
import { z } from 'zod';
import { fhirAuditEvent } from '../renderings/fhirAuditEvent.js';
import type { SecureClient } from '../secureRequest.js';
import type { Transport } from './delivery.js';
import type { SpoolEntry } from './spool.js';
import type { SyslogRendering } from './syslogTransport.js';

const Answer = z.looseObject({
  resourceType: z.literal('Bundle'),
  entry: z.array(z.looseObject({ response: z.looseObject({ status: z.string() }) })),
});

export class FhirTransport implements Transport {
  readonly unsettledMs = 0;

  /** @param token the server's bearer token, asked for each time; null: it asks for none */
  constructor(
    private readonly client: SecureClient,
    private readonly rendering: SyslogRendering,
    private readonly token: () => string | null,
  ) {}

  /** Nothing is handed over that is not acknowledged: nothing can be lost. */
  readonly onLost = (): void => undefined;

  async send(entries: readonly SpoolEntry[]): Promise<void> {
    const bundle: Bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: entries.map(({ chain, record, node, version }) => {
        const id = `${chain}-${record.sequence}`;
        const resource = { ...fhirAuditEvent(record, { chain, node, version, ...this.rendering }), id };
        return { resource, request: { method: 'PUT', url: `AuditEvent/${id}` } };
      }),
    };
    const token = this.token();
    const { status, text } = await this.client.ask({
      method: 'POST',
      path: '',
      headers: {
        'content-type': 'application/fhir+json',
        accept: 'application/fhir+json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(bundle),
    });
    if (status !== 200) throw new Error(`the FHIR server answered ${status} to a batch of audit events`);
    const { entry } = Answer.parse(JSON.parse(text));
    const failed = entry.find(({ response }) => !/^2\d\d\b/.test(response.status));
    if (failed || entry.length !== entries.length)
      throw new Error(`the FHIR server did not take every audit event (${failed?.response.status ?? entry.length})`);
  }

  close(): void {
    this.client.close();
  }
}
