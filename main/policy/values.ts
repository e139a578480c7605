/** Kinds of single values a configuration may hold, each refused with a plain sentence and, where possible, a remedy. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { type TemplateProblem, plainMacros, readTemplate, readText } from '../domain/addressTemplate.js';
import { dateFormats } from '../domain/dateFormat.js';
import { nearest } from '../domain/editDistance.js';
import { isProgramScheme } from '../domain/navigation.js';

export interface Objection {
  readonly message: string;
  readonly suggestion?: string;
}

/** A text that some rule may object to; every objection becomes one problem at this value's path. */
function textThat(object: (text: string) => readonly Objection[]): z.ZodString {
  return z
    .string()
    .min(1)
    .max(4000)
    .superRefine((text, context) => {
      if (text === '') return;
      for (const { message, suggestion } of object(text))
        context.addIssue({ code: 'custom', message, params: { suggestion: suggestion ?? null } });
    });
}

export const words = z.string().min(1).max(300);
export const folder = z.string().min(1).max(1000);
export const file = z.string().min(1).max(1000);

/** https, or http on 127.0.0.1 (tests, the demo hospital); no user name or password in it. */
export const webAddress = textThat((text) => objectionsToWebAddress(text));

/** Scheme, host and port, exactly as a browser writes them; no path, no wildcard. */
export const origin = textThat((text) => {
  if (text.includes('*')) return [{ message: 'Origins are exact: a wildcard is not possible.' }];
  const objections = objectionsToWebAddress(text);
  if (objections.length > 0) return objections;
  const exact = new URL(text).origin;
  return text === exact
    ? []
    : [
        {
          message: 'An origin is a scheme, a host and a port, with nothing after it.',
          suggestion: `Did you mean "${exact}"?`,
        },
      ];
});

export const directoryServer = textThat((text) => {
  const url = read(text);
  if (!url || !/^ldaps?:$/.test(url.protocol) || url.hostname === '')
    return [
      { message: 'A domain controller is written as an address.', suggestion: `Write "ldaps://dc1.example.nhs".` },
    ];
  if (url.username || url.password || url.search || url.hash || url.pathname.length > 1)
    return [{ message: 'A domain controller is a scheme, a host and at most a port.' }];
  return [];
});

export const hostName = textThat((text) =>
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text)
    ? []
    : [{ message: 'This is not a host name.' }],
);

export const ipAddress = textThat((text) =>
  isIP(text) === 0 ? [{ message: 'This is not an IP address.', suggestion: 'Write one like "10.20.30.40".' }] : [],
);

/** An IP address with or without a port: 10.20.30.40, 10.20.30.40:5353, [fd00::1]:53. */
export const dnsServer = textThat((text) => {
  const [, bracketed, v4, port] = /^(?:\[(.+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isServer = (isIP(text) !== 0 || isIP(bracketed ?? v4 ?? '') !== 0) && Number(port ?? 53) < 65_536;
  return isServer ? [] : [{ message: 'A DNS server is an IP address, with or without a port.' }];
});

/** Lower-case words with hyphens: used in file names, tests and audit records. */
export const shortName = textThat((text) =>
  /^[a-z][a-z0-9-]{0,39}$/.test(text)
    ? []
    : [
        {
          message:
            'A short name has lower-case letters, digits and hyphens, begins with a letter, and has at most 40 characters.',
          suggestion: suggestShortName(text),
        },
      ],
);

export const absoluteUri = textThat((text) =>
  /^(urn:[a-z0-9][a-z0-9-]{0,31}:\S+|https?:\/\/\S+)$/i.test(text)
    ? []
    : [{ message: 'A FHIR identifier system is an absolute URI.', suggestion: 'Write "https://…" or "urn:oid:…".' }],
);

/** A CSS selector that could be one; the page alone can say whether it finds anything. */
export const selector = textThat((text) => {
  const objection = objectionToSelector(text);
  return objection === null ? [] : [{ message: objection }];
});

/** A regular expression for the whole of a number. */
export const pattern = textThat((text) => {
  const compiled = compile(text);
  return typeof compiled === 'string' ? [{ message: compiled }] : [];
});

/** A regular expression with exactly one capture group: the part of the text that counts. */
export const capturingPattern = textThat((text) => {
  const compiled = compile(text);
  if (typeof compiled === 'string') return [{ message: compiled }];
  const groups = (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1;
  return groups === 1
    ? []
    : [
        {
          message: `The pattern must have exactly one group in round brackets: the part that counts. It has ${groups}.`,
          ...(groups > 1 ? { suggestion: 'Write (?:…) for a group that does not count.' } : {}),
        },
      ];
});

/** An address with macros; which ones make sense where is checked in crossChecks.ts. */
export const addressTemplate = textThat((text) => {
  const reading = readTemplate(text);
  if (!reading.ok) return reading.problems.map(explainTemplate);
  return objectionsToWebAddress(text.replace(/\{[^{}]*\}/g, 'x'));
});

/** A text with macros: a field of a form, what is signed. */
export const macroText = textThat((text) => {
  const reading = readText(text);
  return reading.ok ? [] : reading.problems.map(explainTemplate);
});

/** The name of a parameter, or a part of one: letters, digits and . _ & ~ - */
export const parameterName = textThat((text) =>
  /^[A-Za-z0-9._&~-]{1,100}$/.test(text) ? [] : [{ message: 'Only letters, digits and . _ & ~ - are possible here.' }],
);

/** Where something stands in JSON: names with dots between them. */
export const answerPath = textThat((text) =>
  /^[\w-]{1,60}(\.[\w-]{1,60}){0,9}$/.test(text)
    ? []
    : [{ message: 'Write names with dots between them.', suggestion: 'Write "code", or "data.code".' }],
);

/** The scheme of a desktop program's addresses, in lower case, without the colon. */
export const programScheme = textThat((text) =>
  isProgramScheme(text)
    ? []
    : [
        {
          message: `Lanyard never opens "${text}".`,
          suggestion: 'Write the scheme of one desktop program, without the colon: "systmone", for example.',
        },
      ],
);

/** scheme://… with macros, none of them before the path. */
export const programTemplate = textThat((text) => {
  const reading = readText(text);
  if (!reading.ok) return reading.problems.map(explainTemplate);
  const [, host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/.exec(text) ?? [];
  if (host === undefined)
    return [{ message: 'A program’s address begins with its scheme.', suggestion: 'Write "systmone://…".' }];
  if (host.includes('{')) return [explainTemplate({ problem: 'macro-in-origin', written: host })];
  return [];
});

export const webPath = textThat((text) =>
  /^\/[^\s?#]*$/.test(text)
    ? []
    : [{ message: 'A path begins with "/" and has no query.', suggestion: 'Write "/login", for example.' }],
);

/** 32 bytes in base64: an X25519 public key. */
export const publicKey = textThat((text) =>
  /^[A-Za-z0-9+/]{43}=$/.test(text) ? [] : [{ message: 'A public key is 32 bytes in base64 (44 characters).' }],
);

function objectionsToWebAddress(text: string): Objection[] {
  const url = read(text);
  if (!url) {
    const isNearlyOne = read(`https://${text}`)?.hostname.includes('.') === true;
    return [
      {
        message: 'This is not an address.',
        suggestion: isNearlyOne && !text.includes(':') ? `Did you mean "https://${text}"?` : 'Write "https://…".',
      },
    ];
  }
  if (url.username || url.password) return [{ message: 'An address must not hold a user name or a password.' }];
  if (url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === '127.0.0.1')) return [];
  return [
    {
      message: 'Only https is allowed (and http on 127.0.0.1, for tests).',
      ...(url.protocol === 'http:' ? { suggestion: `Did you mean "https${text.slice(4)}"?` } : {}),
    },
  ];
}

function read(text: string): URL | null {
  // The URL parser forgives these silently; a configuration should say what it means.
  if (/[\s\\]/.test(text)) return null;
  return URL.canParse(text) ? new URL(text) : null;
}

function compile(text: string): RegExp | string {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.replace(/^.*: /, '') : 'cannot be read';
    return `This is not a regular expression: ${reason}.`;
  }
}

function objectionToSelector(text: string): string | null {
  if (/[{};]|\/\*/.test(text.replace(/(["'])(?:\\.|(?!\1).)*\1/g, '""')))
    return 'This is not a CSS selector: it holds "{", "}", ";" or a comment.';
  if (/^\s*</.test(text)) return 'This is HTML, not a CSS selector.';
  const open: string[] = [];
  let quote: string | null = null;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\') index++;
    else if (quote !== null) quote = character === quote ? null : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '(' || character === '[') open.push(character);
    else if (character === ')' || character === ']') {
      if (open.pop() !== (character === ')' ? '(' : '['))
        return `This is not a CSS selector: "${character}" closes nothing.`;
    }
  }
  if (quote !== null) return 'This is not a CSS selector: a quotation mark is not closed.';
  if (open.length > 0) return `This is not a CSS selector: "${open.join('')}" is not closed.`;
  if (/^\s*[,>+~]|[,>+~]\s*$|,\s*,/.test(text))
    return 'This is not a CSS selector: something is missing beside a combinator or comma.';
  if (/[.#](?![\w\\-]|[^\x00-\x7f])/.test(text.replace(/\[[^\]]*\]|\([^)]*\)/g, '')))
    return 'This is not a CSS selector: a name is missing after "." or "#".';
  if (/(^|[\s>+~,])\d|[#.]\d/.test(text.replace(/\[[^\]]*\]|\([^)]*\)/g, '')))
    return 'This is not a CSS selector: a name cannot begin with a digit.';
  return null;
}

function explainTemplate(problem: TemplateProblem): Objection {
  switch (problem.problem) {
    case 'unknown-macro': {
      const known = [...plainMacros, 'nhsNumber:spaced', 'localNumber:', 'dateOfBirth:'];
      const name = problem.written.replace(/:.*/, '');
      const meant = nearest(problem.written, known) ?? nearest(name, ['localNumber', 'dateOfBirth']);
      return {
        message: `There is no macro {${problem.written}}.`,
        suggestion:
          meant === null
            ? `Macros are {nhsNumber}, {nhsNumber:spaced}, {localNumber:AUTHORITY}, {dateOfBirth:FORMAT}, {familyName}, {givenName}, {fhirId}, {userName}, {location}.`
            : `Did you mean {${completeMacro(meant)}}?`,
      };
    }
    case 'unknown-date-format':
      return {
        message: `There is no date format "${problem.written}".`,
        suggestion: `Did you mean {dateOfBirth:${nearest(problem.written, dateFormats) ?? 'YYYY-MM-DD'}}?`,
      };
    case 'lone-brace':
      return { message: 'A curly bracket stands alone.', suggestion: 'Write macros as {nhsNumber}.' };
    case 'macro-in-origin':
      return {
        message: `The macro ${problem.written} stands in the host: macros may only stand in the path, query or fragment.`,
      };
    case 'not-an-address':
      return { message: 'This is not an address.', suggestion: 'Write "https://…".' };
  }
}

function completeMacro(name: string): string {
  if (name.startsWith('localNumber')) return 'localNumber:AUTHORITY';
  if (name.startsWith('dateOfBirth')) return 'dateOfBirth:YYYY-MM-DD';
  return name;
}

function suggestShortName(text: string): string {
  const shorter = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
  return `Did you mean "${shorter === '' ? 'epr' : shorter}"?`;
}

/** name+key id+key, as C2SP's signed notes have it. */
export const verifierKey = textThat((text) =>
  /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/.test(text)
    ? []
    : [{ message: 'is no public key of checkpoints.', suggestion: 'Copy the line that `audit-server key` prints.' }],
);
