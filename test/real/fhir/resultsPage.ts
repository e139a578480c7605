/** The results page in front of the FHIR server: it knows nobody; its script asks the FHIR server who this is. */
import path from 'node:path';
import type { Exchange } from '../../demo/http.js';
import { html } from '../../demo/web/html.js';
import { asset, type DemoSystem, sendNotice, sendPage } from '../../demo/web/page.js';

const system: DemoSystem = { name: 'Test results (FHIR)', navigation: [{ title: 'Home', href: '/' }] };
const styleSheet = asset('demo.css', 'text/css');
const script = asset('fhirResults.js', 'text/javascript', path.join(import.meta.dirname, 'browser'));

const home = html`<h2>Test results (FHIR)</h2>
  <p>No patient is open. Choose one in Lanyard.</p>`;

const results = html`<div id="patient" role="status">Asking the FHIR server …</div>
  <table>
    <thead>
      <tr>
        <th>Date</th>
        <th>Test</th>
        <th>Value</th>
        <th>Unit</th>
      </tr>
    </thead>
    <tbody id="results"></tbody>
  </table>`;

export function showResultsPage(exchange: Exchange): void {
  switch (exchange.url.pathname) {
    case '/':
      sendPage(exchange, system, { title: 'Home', body: home });
      return;
    case '/results':
      sendPage(exchange, system, { title: 'Results', body: results, script: '/fhirResults.js' });
      return;
    case '/demo.css':
      styleSheet(exchange);
      return;
    case '/fhirResults.js':
      script(exchange);
      return;
    default:
      sendNotice(exchange, system, 404, 'No such page', html`<a href="/">Go to the home page</a>`);
  }
}
