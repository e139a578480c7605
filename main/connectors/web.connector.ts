/** Any web system that opens a patient by an address: everything by configuration alone. */
import { fillTemplate, type Macro, readTemplate } from '../domain/addressTemplate.js';
import { LanyardError } from '../domain/errors.js';
import { configuredOrigins, defineConnector, type ConnectedSystem, type Launch } from './connector.js';

export default defineConnector({
  kind: 'web',
  permissions: [
    { name: 'clipboard-sanitized-write', reason: 'a copy button on the page' },
    { name: 'fullscreen', reason: 'an image or a chart on the whole screen' },
  ],
  originPolicy: configuredOrigins,
  startAddress: ({ url }) => new URL(url),
  launch: async (system, patient, tools) => {
    const { launch } = system.context;
    if (launch.kind === 'none') return { kind: 'address', address: new URL(system.url) };
    if (launch.kind === 'smart')
      return { kind: 'address', address: await tools.smartLaunch(system, new URL(launch.url), patient) };
    if (launch.kind !== 'url-template') throw wrongLaunch(system);
    const reading = readTemplate(launch.template);
    if (!reading.ok) throw wrongLaunch(system);
    const filled = fillTemplate(reading.template, { patient });
    const answer: Launch = filled.filled
      ? { kind: 'address', address: new URL(filled.address) }
      : {
          kind: 'no-record',
          explanation: `${system.title} needs the patient's ${wordFor(filled.missing)}, and none is known.`,
        };
    return answer;
  },
});

function wrongLaunch(system: ConnectedSystem): LanyardError {
  return new LanyardError('configuration', `${system.id}: this kind of system cannot launch that way`);
}

function wordFor(macro: Macro): string {
  switch (macro.name) {
    case 'nhsNumber':
    case 'nhsNumber:spaced':
      return 'NHS number';
    case 'localNumber':
      return 'hospital number';
    case 'dateOfBirth':
      return 'date of birth';
    case 'familyName':
    case 'givenName':
      return 'full name';
    case 'fhirId':
    case 'studyInstanceUids':
      return 'record number';
    case 'userName':
    case 'location':
    case 'notBefore':
    case 'expires':
    case 'ticket':
      return 'launch';
  }
}
