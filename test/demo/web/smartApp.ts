/**
 * The demo's growth chart: a SMART application of its own (public client, PKCE), that runs in the browser alone. It
 * knows no patient until it is launched with one, and reads that patient from whoever launched it.
 */
import { type Exchange, type RunningServer, type ServerOptions, startServer } from '../http.js';
import { html } from './html.js';
import { asset } from './page.js';

export const SMART_CLIENT_ID = 'demo-growth-chart';
export const SMART_SCOPES = ['launch', 'patient/Patient.rs', 'patient/Observation.rs'] as const;

const styleSheet = asset('demo.css', 'text/css');
const script = asset('smart.js', 'text/javascript');

/** `/` home · `/launch?iss=…&launch=…` begins · `/chart` is the redirect address, and shows the chart. */
export async function startSmartApp(options: ServerOptions = {}): Promise<RunningServer> {
  return startServer((exchange) => {
    switch (exchange.url.pathname) {
      case '/demo.css':
        styleSheet(exchange);
        break;
      case '/smart.js':
        script(exchange);
        break;
      case '/':
        send(exchange, 'No chart is open. Choose a patient in Lanyard.');
        break;
      case '/launch':
      case '/chart':
        send(exchange, 'Opening …', '/smart.js');
        break;
      default:
        send(exchange, 'There is no such page.', null, 404);
    }
  }, options);
}

function send({ response }: Exchange, message: string, source: string | null = null, status = 200): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy':
      "default-src 'self'; connect-src 'self' http://127.0.0.1:*; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
  });
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Demo growth chart</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/demo.css" />
      </head>
      <body data-client-id="${SMART_CLIENT_ID}" data-scope="${SMART_SCOPES.join(' ')}">
        <p class="ribbon">DEMO – not real patients</p>
        <header class="system"><a href="/">Demo growth chart</a></header>
        <main>
          <section class="banner" aria-label="Patient" id="banner" hidden></section>
          <p id="message">${message}</p>
          <ul id="measures"></ul>
        </main>
        ${source !== null && html`<script src="${source}"></script>`}
      </body>
    </html>`;
  response.end(document.text);
}
