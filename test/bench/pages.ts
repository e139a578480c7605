/**
 * The systems whose pages are measured: each an address of its own, each page a banner, a table, a style sheet and a script, as clinical pages are. Two blocks of colour at
 * the top tell from the screen which system and which patient is to be seen.
 */
import { type RunningServer, startServer } from '../demo/http.js';
import { population, type DemoPatient } from '../demo/population.js';
import type { Colour } from './xScreen.js';

export interface PageServer extends RunningServer {
  readonly index: number;
  patientAddress(patient: DemoPatient): string;
  readonly startAddress: string;
}

/** A small page has a screen of rows; a heavy one is a record of years. */
export const ROWS = { small: 40, heavy: 1_500 } as const;
export type Weight = keyof typeof ROWS;

/** Patients whose banners are all of one height, so that the pages below stay where they are from one to the next. */
export const patients: readonly (DemoPatient & { readonly nhsNumber: string })[] = population.filter(
  (patient): patient is DemoPatient & { nhsNumber: string } =>
    patient.nhsNumber !== null &&
    patient.deceased === null &&
    patient.replacedBy === null &&
    patient.preferred === null &&
    patient.given.join().length < 20,
);

/** @param index 0 …: which system; its address and its colour follow from it */
export async function startPages(index: number, weight: Weight): Promise<PageServer> {
  const server = await startServer(({ response, url }) => {
    const number = /^\/patient\/(\d{10})$/.exec(url.pathname)?.[1];
    const patient = patients.find(({ nhsNumber }) => nhsNumber === number);
    const [type, text] = assets[url.pathname] ?? ['text/html', page(index, patient, ROWS[weight])];
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
  });
  return {
    ...server,
    index,
    startAddress: `${server.url}/`,
    patientAddress: ({ nhsNumber }) => `${server.url}/patient/${nhsNumber ?? ''}`,
  };
}

/** How long and wide the blocks of colour are, in CSS pixels from the page's upper left corner. */
export const BLOCK = { width: 200, height: 24 } as const;

export function colourOfSystem(index: number): Colour {
  return ['a01020', '10a020', '1020a0', 'a0a010', 'a010a0', '10a0a0'][index] ?? '606060';
}

/** Of the second block; pages without a patient have it black. */
export function colourOfPatient(patient: DemoPatient): Colour {
  const shade = population.findIndex(({ localNumber }) => localNumber === patient.localNumber) * 4 + 16;
  return Buffer.from([255, 128, shade]).toString('hex');
}

const assets: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/page.css': [
    'text/css',
    `body { margin: 0; font: 14px sans-serif } table { border-collapse: collapse; width: 100% }
td { border-bottom: 1px solid #ccc; padding: 4px 8px } .block { display: inline-block; height: ${BLOCK.height}px; width: ${BLOCK.width}px }
.blocks { height: ${BLOCK.height}px; line-height: 0 } .banner { background: #eee; padding: 8px }`,
  ],
  '/page.js': [
    'text/javascript',
    `const { rows } = JSON.parse(document.querySelector('#data').textContent);
const table = document.querySelector('tbody');
for (const row of rows) {
  const line = table.insertRow();
  for (const text of row) line.insertCell().textContent = text;
}`,
  ],
};

function page(index: number, patient: DemoPatient | undefined, count: number): string {
  const rows = Array.from({ length: count }, (_, row) => [
    `2024-0${1 + (row % 9)}-1${row % 10}`,
    ['Full blood count', 'Urea and electrolytes', 'Liver function', 'Clotting screen'][row % 4],
    `${((row * 37) % 400) / 10}`,
    'reported, no comment by the laboratory',
  ]);
  const identity = patient
    ? `<h1>${patient.family}, ${patient.given.join(' ')}</h1><p>NHS No. <span data-nhs-number>${(patient.nhsNumber ?? '').replace(/^(\d{3})(\d{3})/, '$1 $2 ')}</span> <span class="dob">${patient.birthDate}</span></p>`
    : '<h1 class="title">Worklist</h1>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>System ${index}</title><link rel="stylesheet" href="/page.css">
<body><div class="blocks"><span class="block" style="background:#${colourOfSystem(index)}"></span><span class="block" id="patient-colour" style="background:#${patient ? colourOfPatient(patient) : '000000'}"></span></div>
<div class="banner">${identity}</div><table><tbody></tbody></table>
<script type="application/json" id="data">${JSON.stringify({ rows })}</script><script src="/page.js"></script></body></html>`;
}
