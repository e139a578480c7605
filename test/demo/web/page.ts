/** What every page of the demo's systems shares: the frame, the demo ribbon, the patient banner, the style sheet. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import type { Exchange } from '../http.js';
import type { DemoPatient } from '../population.js';
import { html, type Html } from './html.js';
import { displayAge, displayDate, displayGender, displayName, displayNhsNumber } from './presentation.js';

export interface Page {
  /** What this page is; the system's name follows. */
  readonly title: string;
  readonly body: Html;
  /** Address of a script of this system. */
  readonly script?: string;
}

/** One of the demo's web systems, as its pages introduce it. */
export interface DemoSystem {
  /** "Demo patient record" */
  readonly name: string;
  readonly navigation: readonly { readonly title: string; readonly href: string }[];
}

export function sendPage({ response, userName }: Exchange, system: DemoSystem, page: Page, status = 200): void {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} – ${system.name}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/demo.css" />
      </head>
      <body>
        <p class="ribbon">DEMO – not real patients</p>
        <header class="system">
          <a href="/">${system.name}</a>
          <nav aria-label="${system.name}">
            ${system.navigation.map(({ title, href }) => html`<a href="${href}">${title}</a>`)}
          </nav>
          ${userName !== undefined && html`<span class="user">Signed in: ${userName}</span>`}
        </header>
        <main>${page.body}</main>
        ${page.script !== undefined && html`<script src="${page.script}"></script>`}
      </body>
    </html>`;
  sendHtml(response, document, status);
}

export function sendHtml(response: ServerResponse, document: Html, status = 200): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'",
  });
  response.end(document.text);
}

/** A page without a patient: what could not be shown and what to do. */
export function sendNotice(exchange: Exchange, system: DemoSystem, status: number, title: string, advice: Html): void {
  sendPage(
    exchange,
    system,
    {
      title,
      body: html`<h2>${title}</h2>
        <p>${advice}</p>`,
    },
    status,
  );
}

export function redirect({ response }: Exchange, location: string, status: 302 | 303 = 302): void {
  response.writeHead(status, { location, 'cache-control': 'no-store' }).end();
}

/** The system's own patient banner: name, born, gender, numbers, in the order of the NHS Common User Interface. */
export function patientBanner(patient: DemoPatient, today: string): Html {
  const { deceased } = patient;
  const age = deceased === null ? html` (${displayAge(patient.birthDate, today)})` : null;
  return html`<section class="banner${deceased !== null && ' deceased'}" aria-label="Patient">
    <h1>${displayName(patient)}</h1>
    ${patient.preferred !== null && html`<p>Preferred name <b>${patient.preferred}</b></p>`}
    <p>Born <b class="dob">${displayDate(patient.birthDate)}</b>${age}</p>
    ${deceased !== null && died(deceased, patient.birthDate)}
    <p>Gender <b>${displayGender(patient)}</b></p>
    <p>NHS No. <b data-nhs-number="${patient.nhsNumber ?? ''}">${displayNhsNumber(patient.nhsNumber)}</b></p>
    <p>Hospital No. <b data-local-number="${patient.localNumber}">${patient.localNumber}</b></p>
  </section>`;
}

function died({ date }: { readonly date: string | null }, birthDate: string): Html {
  return date === null
    ? html`<p>Died <b>date not known</b></p>`
    : html`<p>Died <b>${displayDate(date)}</b></p>
        <p>Age at death <b>${displayAge(birthDate, date)}</b></p>`;
}

/** Reads a style sheet or script once, to be served from memory. @param folder default: browser/ beside this file */
export function asset(
  file: string,
  type: 'text/css' | 'text/javascript',
  folder = path.join(import.meta.dirname, 'browser'),
): (exchange: Exchange) => void {
  const content = readFileSync(path.join(folder, file));
  return ({ response }) => {
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
    response.end(content);
  };
}
