/** How a client finds out what this hub can do (FHIRcast §2.7). */
import { eventCatalogue } from './eventNames.js';

const FHIRCAST_VERSION = '3.0.0';

/** `{hub.url}/.well-known/fhircast-configuration` */
export const configuration = {
  eventsSupported: eventCatalogue,
  websocketSupport: true,
  fhircastVersion: FHIRCAST_VERSION,
  getCurrentSupport: true,
  capabilities: { supportsGetCurrentContext: true, supportsNonCurrentContextUpdates: true },
  fhirVersion: 'R4',
} as const;

/** What a FHIR server adds to its CapabilityStatement's `rest.extension` to point at this hub. */
function configurationExtension(hubUrl: string): object {
  return {
    url: 'http://hl7.org/fhir/uv/fhircast/StructureDefinition/fhircast-configuration-extension',
    extension: [{ url: 'hub.url', valueUrl: hubUrl }],
  };
}

/**
 * `{hub.url}/metadata`: a CapabilityStatement that says where the hub is and nothing else, for clients that look
 * there.
 * @param date YYYY-MM-DD
 */
export function capabilityStatement(hubUrl: string, date: string): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    implementation: { description: 'Lanyard context hub', url: hubUrl },
    fhirVersion: '4.0.1',
    implementationGuide: [
      `http://hl7.org/fhir/uv/fhircast/ImplementationGuide/hl7.fhir.uv.fhircast|${FHIRCAST_VERSION}`,
    ],
    format: ['application/fhir+json'],
    rest: [{ mode: 'server', extension: [configurationExtension(hubUrl)] }],
  };
}
