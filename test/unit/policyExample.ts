/** A whole, valid configuration for tests: the example of the design document, with values for its dots. */
import type { ParseOptions } from '../../main/policy/parseConfiguration.js';

export const exampleText = `{
  "$schema": "./lanyard.schema.json",
  "trust": { "name": "Demo Hospital NHS Trust", "odsCode": "RDEMO" },
  "workstation": { "mode": "shared", "location": "Ward 7" },              // shared: sign in on the form · windows-user: the Windows session is the clinician
  "directory": {
    "domain": "ward.example.nhs", "netbiosName": "WARD",
    "servers": ["ldaps://dc1.ward.example.nhs"],                          // absent: found by DNS SRV
    "dnsServers": ["127.0.88.10"], "addresses": { "dc1.ward.example.nhs": "127.0.88.10" },   // optional: only for test and split-DNS sites
    "caFile": "ward-ca.pem", "security": "ldaps",
    "serviceAccount": { "principal": "svc.lanyard@ward.example.nhs", "passwordFile": "svc.secret" }
  },
  "roles": { "clinician": ["Clinicians"], "auditor": ["Audit-Readers"], "privacyOfficer": ["IG-Team"], "support": ["IT-Support"] },
  "session": { "lockAfterSeconds": 300, "warnSeconds": 30, "signOutAfterSeconds": 1800, "takeOver": "sign-out" },
  "patients": { "fhirBaseUrl": "https://epr.ward.example.nhs/fhir/R4" },
  "systems": [{
    "id": "epr", "title": "Patient record", "kind": "web", "url": "https://epr.ward.example.nhs/", "roles": ["clinician"],
    "origins": ["https://epr.ward.example.nhs"],
    "signOn": { "method": "negotiate" },                                   // negotiate · http · form · oidc · saml · smart · none
    "context": { "launch": { "kind": "url-template", "template": "https://epr.ward.example.nhs/patient/{nhsNumber}" }, "live": "none" },
    "identity": { "nhsNumber": { "selector": "[data-nhs-number]" }, "dateOfBirth": { "selector": ".dob", "format": "DD-MMM-YYYY" }, "name": { "selector": "h1" } }
  }],
  "contextHub": { "host": "127.0.0.1", "port": 0 },
  "audit": {
    "spoolFolder": "/var/lib/lanyard/spool", "auditorPublicKey": "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
    "server": { "url": "https://audit.ward.example.nhs", "clientCertificate": "workstation.pem" },
    "syslog": { "host": "siem.ward.example.nhs", "port": 6514 }
  }
}`;

export const options: ParseOptions = {
  kinds: ['web', 'pacs'],
  folder: '/etc/lanyard',
  fileProblem: (name) => (/\.(pem|secret)$/.test(name) ? null : 'There is no such file.'),
  demoAllowed: true,
};

/** A smaller valid configuration as a value, to be changed by tests. */
export function minimal() {
  return {
    trust: { name: 'Demo Hospital NHS Trust' },
    workstation: { mode: 'shared' },
    directory: { domain: 'ward.example.nhs' },
    roles: { clinician: ['Clinicians'] },
    patients: {
      fhirBaseUrl: 'https://epr.ward.example.nhs/fhir/R4',
      identifiers: [{ authority: 'rm3', title: 'Hospital number', system: 'https://rm3.test/mrn', dicomIssuer: 'RM3' }],
    },
    systems: [
      {
        id: 'epr',
        title: 'Patient record',
        kind: 'web',
        url: 'https://epr.ward.example.nhs/',
        roles: ['clinician'],
        context: {
          launch: { kind: 'url-template', template: 'https://epr.ward.example.nhs/patient/{nhsNumber}' },
        },
        identity: { nhsNumber: { selector: '#nhs' }, name: { selector: 'h1' } },
      },
      {
        id: 'pacs',
        title: 'Images',
        kind: 'pacs',
        url: 'https://pacs.ward.example.nhs/',
        roles: ['clinician'],
        context: {
          launch: {
            kind: 'study-lookup',
            dicomWebRoot: 'https://pacs.ward.example.nhs/dicom-web',
            viewer: 'https://pacs.ward.example.nhs/viewer?StudyInstanceUIDs={studyInstanceUids}',
            authority: 'rm3',
          },
        },
        identity: { source: 'dicomweb' },
      },
    ],
  };
}
