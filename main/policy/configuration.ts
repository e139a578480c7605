/**
 * The shape of lanyard.json: one zod schema, from which the types here and lanyard.schema.json are made.
 * Rules between two keys are in crossChecks.ts; how mistakes are worded is in problems.ts.
 */
import { z } from 'zod';
import { IntentName } from '../../preload/contract.js';
import { dateFormats } from '../domain/dateFormat.js';
import { LaunchSchema, StudyLaunchSchema } from './launchSchema.js';
import {
  absoluteUri,
  capturingPattern,
  directoryServer,
  dnsServer,
  file,
  folder,
  hostName,
  ipAddress,
  origin,
  pattern,
  programScheme,
  publicKey,
  verifierKey,
  selector,
  shortName,
  webAddress,
  webPath,
  words,
} from './values.js';

const seconds = (least: number, most: number): z.ZodInt => z.int().min(least).max(most);
const port = z.int().min(0).max(65_535);

/** Web permissions a configuration may give a system; every other permission is always refused. */
const grantablePermissions = ['clipboard-sanitized-write', 'clipboard-read', 'fullscreen'] as const;

/** How a page writes a name. "any": the family name and the first given name occur, in any order. */
const nameFormats = ['FAMILY, Given', 'Given FAMILY', 'FAMILY Given', 'any'] as const;

const place = {
  selector: selector.describe('CSS selector of the element that shows it.'),
  attribute: words.optional().describe('Read this attribute instead of the text.'),
  frame: selector.optional().describe('CSS selector of the iframe, in the main page, that the element is in.'),
  pattern: capturingPattern.optional().describe('Regular expression with one group: the part of the text that counts.'),
};

/** One rule, or several places that must agree: always a list after reading. */
function places<T extends z.ZodObject>(rule: T) {
  return z
    .union([rule, z.array(rule).min(1).max(10)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);
}

const IdentityRule = z.strictObject(place);
const LocalNumberRule = z.strictObject({
  ...place,
  authority: shortName.describe('Whose number this is: patients.identifiers[].authority.'),
});
const DateOfBirthRule = z.strictObject({ ...place, format: z.enum(dateFormats) });
const NameRule = z.strictObject({ ...place, format: z.enum(nameFormats).default('any') });

const IdentityRules = z
  .strictObject({
    source: z
      .enum(['page', 'dicomweb'])
      .default('page')
      .describe('page: read from the page by the rules here. dicomweb: from the studies that the viewer was given.'),
    nhsNumber: places(IdentityRule).optional(),
    localNumber: places(LocalNumberRule).optional(),
    dateOfBirth: places(DateOfBirthRule).optional(),
    name: places(NameRule).optional(),
  })
  .describe('Where the page shows whose record it is. Absent: cannot be read back, honestly "Not checked".');

const signInPage = z
  .strictObject({
    paths: z.array(webPath).min(1).max(20).optional(),
    selector: selector.optional(),
  })
  .optional()
  .describe('How the system’s own sign-in page is recognised.');

/** One field of a sign-in form, found by its selector in every open or closed shadow root of the form's frame. */
const RecipeField = z.strictObject({ selector: selector.describe('CSS selector; the first visible match counts.') });

/** One page of the sign-in: most have one, some ask for the name first and for the password on the next. */
const RecipeStep = z.strictObject({
  userName: RecipeField.optional(),
  password: RecipeField.optional(),
  submit: z
    .union([RecipeField, z.literal('enter')])
    .default('enter')
    .describe('What is clicked; "enter": the Enter key in the last field.'),
  /** Another address than the step before. */
  path: webPath.optional().describe('Exact path of this step’s page. Absent: the recipe’s.'),
});

const Sign = z.strictObject({
  path: webPath.optional().describe('The page then has this path, or one below it.'),
  selector: selector.optional().describe('The page then shows this.'),
  cookie: words.optional().describe('The system has then set a cookie of this name.'),
});

/** How a sign-in form is filled. Nothing is typed unless origin, path, frame and fingerprint are exactly these. */
export const SignOnRecipeSchema = z.strictObject({
  origin: origin.describe('Exact origin of the document that holds the form.'),
  path: webPath.describe('Exact path of the sign-in page.'),
  frame: z
    .strictObject({ origin, path: webPath.optional() })
    .optional()
    .describe('The form is in an iframe with this exact origin; "origin" and "path" are then the page around it.'),
  steps: z.array(RecipeStep).min(1).max(3),
  success: Sign.optional().describe(
    'Signs of being signed in. Absent: the page is another one, without a password box.',
  ),
  failure: Sign.optional().describe('Signs of a refusal. Absent: the same form is there again.'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('Shape of the page, as "lanyard doctor" prints it. Absent: the page’s shape at its first use is kept.'),
});

const account = z
  .enum(['directory', 'own'])
  .default('own')
  .describe('directory: the name and password of the sign-in to Lanyard. own: another one, asked for once and stored.');
const userNameForm = z
  .enum(['account-name', 'principal-name', 'netbios-name'])
  .default('account-name')
  .describe('How a directory user name is written: amara · amara@ward.example.nhs · WARD\\amara.');
const hosts = z
  .array(hostName)
  .min(1)
  .max(50)
  .optional()
  .describe('Exact hosts. Absent: those of the system’s origins.');

const FormSignOn = z.strictObject({
  method: z.literal('form'),
  account,
  userName: userNameForm,
  recipe: SignOnRecipeSchema.optional().describe(
    'Absent: learnt at first use, by watching the clinician sign in once.',
  ),
  signInPage,
});
const NegotiateSignOn = z.strictObject({
  method: z.literal('negotiate').describe('Kerberos, with the ticket of the clinician.'),
  hosts,
  otherwise: FormSignOn.optional().describe('How to sign in where there is no ticket.'),
  signInPage,
});
const HttpSignOn = z.strictObject({
  method: z.literal('http').describe('HTTP Basic (over https only) or NTLM.'),
  hosts,
  schemes: z
    .array(z.enum(['basic', 'ntlm']))
    .min(1)
    .default(['basic', 'ntlm']),
  account,
  userName: userNameForm,
  signInPage,
});
const provider = shortName.describe('identityProviders[].id.');
const SignOn = z.discriminatedUnion('method', [
  NegotiateSignOn,
  HttpSignOn,
  FormSignOn,
  z.strictObject({ method: z.literal('oidc').describe('OpenID Connect.'), provider, signInPage }),
  z.strictObject({ method: z.literal('saml').describe('SAML 2.0.'), provider, signInPage }),
  z.strictObject({
    method: z.literal('smart').describe('SMART App Launch 2: Lanyard launches the application (EHR launch).'),
    clientId: words,
    redirectUris: z.array(webAddress).min(1).max(10).describe('Exact addresses, registered with the application.'),
    scopes: z.array(words).min(1).max(40).describe('The most this application may be given.'),
    signInPage,
  }),
  z.strictObject({ method: z.literal('none').describe('By hand, or not at all.'), signInPage }),
]);

/** The trust's identity provider: signed in to once, in a view of its own; every system that names it follows. */
const IdentityProvider = z.strictObject({
  id: shortName,
  title: words,
  url: webAddress.describe('Where signing in to it begins: its portal.'),
  origins: z.array(origin).min(1).max(10).optional().describe('Exact origins. Absent: the origin of url.'),
  signOn: z.discriminatedUnion('method', [NegotiateSignOn, HttpSignOn, FormSignOn]),
  signedIn: Sign.optional().describe('How its page says that somebody is signed in.'),
  signOutUrl: webAddress.optional().describe('Ends its session, and what it told the systems: front-channel logout.'),
});

const roleName = z.enum(['clinician', 'auditor', 'privacyOfficer', 'support']);

const SystemConfiguration = z.strictObject({
  id: shortName,
  title: words.describe('What the tab is called.'),
  kind: shortName.describe('Which connector: "web", "pacs", or another one in main/connectors.'),
  url: webAddress.describe('The start page, shown when no patient is chosen.'),
  roles: z
    .array(z.enum(['clinician', 'auditor', 'privacyOfficer', 'support']))
    .min(1)
    .describe('Who gets this tab.'),
  origins: z
    .array(origin)
    .min(1)
    .max(50)
    .optional()
    .describe('Exact origins that may fill the tab. Absent: the origin of url.'),
  external: z
    .array(origin)
    .max(50)
    .default([])
    .describe('Exact origins that may open in the normal browser, after a question.'),
  permissions: z.array(z.enum(grantablePermissions)).default([]),
  signOn: SignOn.prefault({ method: 'none' }),
  context: z
    .strictObject({
      launch: LaunchSchema,
      study: StudyLaunchSchema.optional().describe(
        'How it goes to an imaging study of the patient. Absent: it stays with the patient.',
      ),
      encounter: LaunchSchema.optional().describe(
        'How it goes to an encounter of the patient. Absent: it stays with the patient.',
      ),
      mayLead: z
        .boolean()
        .default(false)
        .describe('Whoever opens another patient on its page takes every tab there. Otherwise the page is covered.'),
      unsavedWork: z
        .strictObject({ selector: selector.describe('CSS selector: while something matches, work is not saved.') })
        .optional()
        .describe('Besides what the page itself says when it is about to be left.'),
      live: z
        .enum(['none', 'fdc3', 'fhircast', 'smart-web-messaging'])
        .default('none')
        .describe('What its page speaks. fdc3, fhircast: it follows the patient without being loaded anew.'),
    })
    .prefault({ launch: { kind: 'none' } }),
  intents: z
    .array(
      z.strictObject({
        intent: IntentName,
        launch: LaunchSchema.optional().describe('Absent: as it is brought to the study, the encounter, the patient.'),
      }),
    )
    .max(IntentName.options.length)
    .optional()
    .describe('What other systems’ pages, and the clinician, may want to be opened here.'),
  identity: IdentityRules.optional(),
  loadTimeoutSeconds: seconds(1, 300).default(20),
  verifyTimeoutSeconds: seconds(1, 60).default(10),
});

/** Everything an IT department may say about Lanyard. Output has every default filled in. */
/** The audit server's configuration has the same. */
export const DirectorySchema = z.strictObject({
  domain: hostName.describe('DNS name of the Active Directory domain.'),
  netbiosName: z.string().min(1).max(15).optional(),
  site: words.optional().describe('Active Directory site whose domain controllers come first.'),
  servers: z.array(directoryServer).min(1).max(20).optional().describe('Absent: found by DNS SRV.'),
  dnsServers: z.array(dnsServer).min(1).max(10).optional(),
  addresses: z
    .record(z.string(), ipAddress)
    .optional()
    .describe('Host name → IP address; only for test and split-DNS sites.'),
  caFile: file.optional().describe('PEM file with the CA; relative to the configuration file.'),
  security: z.enum(['ldaps', 'start-tls']).default('ldaps'),
  serviceAccount: z
    .strictObject({ principal: words, passwordFile: file })
    .optional()
    .describe('Reads what a refused user may be told: until when locked, tries left.'),
});

export const RolesSchema = z
  .strictObject({
    clinician: z.array(words).min(1).optional(),
    auditor: z.array(words).min(1).optional(),
    privacyOfficer: z.array(words).min(1).optional(),
    support: z.array(words).min(1).optional(),
  })
  .describe('Role → groups of the directory (name, distinguished name or SID).');

export const ConfigurationSchema = z
  .strictObject({
    $schema: z.string().optional(),
    trust: z.strictObject({ name: words, odsCode: words.optional() }),
    workstation: z.strictObject({
      mode: z
        .enum(['shared', 'windows-user'])
        .describe('shared: sign in on the form. windows-user: the Windows session is the clinician.'),
      location: words.optional(),
      programSchemes: z
        .array(programScheme)
        .max(20)
        .default([])
        .describe('Schemes of the desktop programs that Lanyard may open, exactly: "systmone".'),
      remoteRendering: z
        .enum(['auto', 'on', 'off'])
        .default('auto')
        .describe('Draws without the graphics card and without movement. auto: in a Citrix or Remote Desktop session.'),
    }),
    directory: DirectorySchema,
    roles: RolesSchema,
    session: z
      .strictObject({
        lockAfterSeconds: seconds(10, 86_400).default(300),
        warnSeconds: seconds(0, 600).default(30),
        signOutAfterSeconds: seconds(30, 604_800).default(1800),
        lockOnRoam: z
          .boolean()
          .default(true)
          .describe('Locks when the Citrix or Remote Desktop session goes on at another computer.'),
        takeOver: z.enum(['sign-out']).default('sign-out'),
        offlineUnlockMinutes: z
          .int()
          .min(0)
          .max(1440)
          .default(240)
          .describe(
            'How long after a domain controller confirmed a password its owner may unlock while none answers. 0: never.',
          ),
      })
      .prefault({}),
    patients: z.strictObject({
      fhirBaseUrl: webAddress,
      timeoutSeconds: seconds(1, 120).default(10),
      identifiers: z
        .array(
          z.strictObject({
            authority: shortName,
            title: words.describe('What people call this number: "Hospital number".'),
            system: absoluteUri.describe('Identifier system on the FHIR server.'),
            dicomIssuer: words.optional().describe('Issuer of Patient ID in DICOM.'),
            pattern: pattern.optional().describe('The whole of such a number, as people type it.'),
            padTo: z
              .int()
              .min(1)
              .max(20)
              .optional()
              .describe('Shorter numbers are filled with leading zeros to this many digits.'),
            normalise: z
              .strictObject({
                prefix: words.optional().describe('Some systems leave it away: "RM".'),
                ignore: z
                  .string()
                  .regex(/^[-/.:_]{1,5}$/, 'Only these can be ignored: - / . : _')
                  .optional()
                  .describe('Signs that some systems write and others do not: "-/".'),
                caseMatters: z.boolean().default(false).describe('"a7" is another number than "A7".'),
              })
              .optional()
              .describe('How systems write the same number differently. Blanks never count.'),
          }),
        )
        .max(20)
        .default([]),
      identifierMap: file
        .optional()
        .describe('CSV table of numbers that mean the same patient: authority,number,toAuthority,toNumber.'),
      restricted: z
        .strictObject({
          labels: z
            .array(
              z.strictObject({
                system: absoluteUri.describe('Code system of the label in Patient.meta.security.'),
                code: words.describe('Its code there: "R".'),
                title: words.describe('What people call such a record: "Restricted record".'),
                openTo: z.array(roleName).default([]).describe('Roles that open it without being asked.'),
              }),
            )
            .min(1)
            .max(50),
          reasons: z
            .array(words)
            .max(20)
            .default([])
            .describe('To choose from when it is opened all the same. None: it is opened by nobody else.'),
        })
        .optional()
        .describe('Records that open only after a reason, which the privacy officer is told of.'),
      match: z
        .boolean()
        .default(false)
        .describe('The FHIR server is a patient index: Patient/$match is asked whom another program means.'),
    }),
    systems: z.array(SystemConfiguration).min(1).max(50),
    workspace: z
      .strictObject({
        sleepHiddenTabsAfterMinutes: z
          .int()
          .min(0)
          .max(1440)
          .default(0)
          .describe('Pages that nobody has seen for so long are closed, unless work could be lost. 0: never.'),
        memoryLimitMb: z
          .int()
          .min(0)
          .max(1_048_576)
          .default(0)
          .describe('While all of Lanyard takes more megabytes, hidden pages are closed one by one. 0: no limit.'),
      })
      .prefault({}),
    identityProviders: z.array(IdentityProvider).max(10).default([]),
    vault: z
      .strictObject({
        store: z
          .enum(['memory', 'keychain', 'roaming-file'])
          .optional()
          .describe('Where stored sign-ins are kept. Absent: memory in shared mode, keychain in windows-user mode.'),
        folder: folder.optional().describe('roaming-file: a folder of the clinician’s own that roams with them.'),
      })
      .prefault({}),
    badges: z
      .strictObject({
        readers: z
          .enum(['smart-card-service', 'keyboard', 'both'])
          .describe('smart-card-service: PC/SC. keyboard: readers that type the number.'),
        keyboard: z
          .strictObject({
            prefix: z.string().max(8).default('').describe('What the reader types first.'),
            length: z.int().min(4).max(32).describe('Signs of the number, without prefix; Enter follows.'),
            alphabet: z.enum(['decimal', 'hexadecimal']).default('decimal'),
            mostGapMs: z
              .int()
              .min(5)
              .max(50)
              .default(30)
              .describe('The longest pause between two of its keys, in milliseconds.'),
          })
          .optional()
          .describe('How readers that type are told from people.'),
        folder: folder.describe('Where whose badge is whose is kept; one for all workstations of a group.'),
        keyFile: file.describe('At least 32 random bytes, the same for the group; never in that folder.'),
        proof: z
          .enum(['pin', 'recent-password'])
          .default('pin')
          .describe('What unlocks besides the badge. recent-password: nothing, for the hours below.'),
        passwordHours: z
          .int()
          .min(1)
          .max(24)
          .default(8)
          .describe('How long a badge unlocks after the directory accepted the password.'),
        leastPinLength: z.int().min(4).max(12).default(6),
        expireDays: z.int().min(1).max(3650).optional().describe('Badges are enrolled anew after so many days.'),
        onRemoval: z
          .enum(['lock', 'nothing'])
          .default('nothing')
          .describe('lock: a badge stays on the reader while its owner works. nothing: badges are tapped.'),
      })
      .optional()
      .describe('Staff badges, which say who is there and unlock. Absent: none are read.'),
    contextHub: z
      .strictObject({
        host: z.enum(['127.0.0.1']).default('127.0.0.1'),
        port: port.default(0),
        join: z
          .strictObject({
            url: webAddress.describe('hub.url of the other hub.'),
            file: file.describe(
              'JSON with hub.topic and access_token, written by whoever runs that hub, new for every session.',
            ),
            caFile: file.optional().describe('PEM file with the CA of that hub; relative to the configuration file.'),
          })
          .optional()
          .describe('Join a context hub that another program runs, instead of running one.'),
        programs: z
          .array(
            z.strictObject({
              id: shortName.describe('Its file is session/context-hub.ID.json in the user-data folder.'),
              name: words.describe('What the clinician and other programs call it.'),
              scopes: z
                .array(words)
                .min(1)
                .max(50)
                .describe('What it may hear and say: "fhircast/Patient-open.read", "fhircast/*.read" …'),
            }),
          )
          .max(20)
          .default([])
          .describe('Programs that have a token of their own. Absent: one token for any program of the same user.'),
      })
      .optional()
      .describe('FHIRcast, by which other programs follow the patient and lead. Absent: none.'),
    audit: z
      .strictObject({
        spoolFolder: folder.optional(),
        auditorPublicKey: publicKey.optional(),
        keepSpoolDays: z
          .int()
          .min(0)
          .max(3650)
          .default(30)
          .describe(
            'How long files of the spool stay after the audit server has all of them. Without a server: for ever.',
          ),
        server: z
          .strictObject({
            url: webAddress,
            caFile: file.optional().describe('PEM file with the CA of the server; relative to the configuration file.'),
            clientCertificate: file.describe('PEM file by which the server knows this computer.'),
            clientKey: file
              .optional()
              .describe('PEM file with its private key. Absent: it stands in the file of the certificate.'),
            checkpointKey: verifierKey
              .optional()
              .describe('Public key of its checkpoints, as `audit-server key` prints it. Absent: none is believed.'),
          })
          .optional()
          .describe('Sends the audit trail to Lanyard’s audit server, and asks it what the audit pages want to know.'),
        fhir: z
          .strictObject({
            url: webAddress.describe('Base address of the FHIR R4 server.'),
            caFile: file.optional().describe('PEM file with the CA of the server.'),
            clientCertificate: file.optional().describe('PEM file by which the server knows this computer.'),
            clientKey: file.optional().describe('PEM file with its private key.'),
            tokenFile: file.optional().describe('File with the bearer token that the server asks for.'),
          })
          .optional()
          .describe('Sends the audit trail to a FHIR R4 server, as AuditEvents (IHE ITI-20, FHIR feed).'),
        syslog: z
          .strictObject({
            host: hostName,
            port: port.default(6514),
            caFile: file
              .optional()
              .describe('PEM file with the CA of the receiver; relative to the configuration file.'),
            clientCertificate: file.optional().describe('PEM file by which the receiver knows this computer.'),
            clientKey: file.optional().describe('PEM file with its private key.'),
          })
          .optional()
          .describe('Sends the audit trail to a syslog receiver over TLS (RFC 5425, IHE ITI-20).'),
      })
      .prefault({}),
    downtime: z
      .strictObject({
        text: z.string().min(1).max(2000).describe('What to do; \\n begins a new line.'),
        contacts: z
          .array(z.strictObject({ name: words, telephone: words.describe('As people dial it: "ext. 2222".') }))
          .max(20)
          .default([]),
        links: z
          .array(z.strictObject({ title: words, url: webAddress.describe('https; opens in the normal browser.') }))
          .max(20)
          .default([]),
      })
      .optional()
      .describe('What people read while systems are down, signed in or not. Absent: no such page.'),
    demo: z
      .strictObject({
        password: words,
        accounts: z.array(z.strictObject({ userName: words, description: words })).min(1),
      })
      .optional()
      .describe('Only the demo hospital: shown on its sign-in page. An installed Lanyard refuses it.'),
  })
  .meta({ title: 'Lanyard configuration', description: 'lanyard.json: one sign-on, every clinical system.' });

type Parsed = z.output<typeof ConfigurationSchema>;

/** One system as the rest of Lanyard sees it: origins are always there. */
export type SystemConfiguration = Omit<Parsed['systems'][number], 'origins'> & { readonly origins: readonly string[] };
/** A configuration that was accepted: defaults filled in, file names absolute. */
export type Configuration = Omit<Parsed, 'systems' | 'identityProviders' | '$schema'> & {
  readonly systems: readonly SystemConfiguration[];
  readonly identityProviders: readonly IdentityProviderConfiguration[];
};

export type FormSignOnConfiguration = z.output<typeof FormSignOn>;
export type HttpSignOnConfiguration = z.output<typeof HttpSignOn>;
export type NegotiateSignOnConfiguration = z.output<typeof NegotiateSignOn>;
export type SignOnRecipe = z.output<typeof SignOnRecipeSchema>;
export type IdentityProviderConfiguration = Omit<z.output<typeof IdentityProvider>, 'origins'> & {
  readonly origins: readonly string[];
};
export type IdentityRules = z.output<typeof IdentityRules>;
export type IdentityRule = z.output<typeof IdentityRule>;

/** One mistake, as AppFacts.configurationProblems shows it. */
export interface ConfigurationProblem {
  /** Where: systems[0].identity.nhsNumber; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly suggestion: string | null;
}
