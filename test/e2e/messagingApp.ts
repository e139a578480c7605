/**
 * A SMART application that speaks SMART Web Messaging, by the specification's own example code: what it posts to is
 * `window.parent`, or `window.opener` where it stands alone. Shows the patient of its launch, and keeps every answer.
 */
import { type RunningServer, startServer } from '../demo/http.js';

export const MESSAGING_CLIENT = 'advisor';
export const MESSAGING_SCOPES = ['launch', 'patient/Patient.rs', 'messaging/ui'];

/** `/launch` begins · `/app` is the redirect address and shows the patient · `/frame` is a frame in it. */
export async function startMessagingApp(): Promise<RunningServer> {
  return startServer(({ response, url }) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    const script =
      url.pathname === '/launch'
        ? beginLaunch(MESSAGING_CLIENT, MESSAGING_SCOPES)
        : url.pathname === '/app'
          ? finish
          : '';
    response.end(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Advisor</title><body><div id="banner"></div>${url.pathname === '/app' ? '<iframe src="/frame"></iframe>' : ''}<script type="module">${script}</script></body></html>`,
    );
  });
}

/** The script of a page at its launch address; it goes on at `/app`. */
export function beginLaunch(clientId: string, scopes: readonly string[]): string {
  return `
  const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
  const asked = new URLSearchParams(location.search);
  const iss = asked.get('iss');
  const known = await (await fetch(iss + '/.well-known/smart-configuration')).json();
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem('pending', JSON.stringify({ verifier, iss, token: known.token_endpoint }));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const address = new URL(known.authorization_endpoint);
  address.search = new URLSearchParams({
    response_type: 'code', client_id: '${clientId}', redirect_uri: location.origin + '/app', aud: iss, state,
    scope: '${scopes.join(' ')}', launch: asked.get('launch'),
    code_challenge: encode(new Uint8Array(digest)), code_challenge_method: 'S256',
  });
  location.replace(address);`;
}

/** The script of its redirect address: `token` is the answer, and the patient is shown by `showPatient`. */
export function takeToken(clientId: string): string {
  return `
  const { verifier, iss, token: endpoint } = JSON.parse(sessionStorage.getItem('pending'));
  const token = await (await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: new URLSearchParams(location.search).get('code'),
      client_id: '${clientId}', redirect_uri: location.origin + '/app', code_verifier: verifier,
    }),
  })).json();
  const showPatient = async () => {
    const patient = await (await fetch(iss + '/Patient/' + token.patient, { headers: { authorization: 'Bearer ' + token.access_token } })).json();
    const number = patient.identifier.find(({ system }) => system.endsWith('/nhs-number')).value;
    const [year, month, day] = patient.birthDate.split('-');
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    document.querySelector('#banner').innerHTML =
      '<h1>' + patient.name[0].family + ', ' + patient.name[0].given[0] + '</h1><p data-nhs-number>' + number + '</p><p class="dob">' + [day, months[month - 1], year].join('-') + '</p>';
  };`;
}

const finish = `${takeToken(MESSAGING_CLIENT)}

  // The specification's example.
  const targetWindow = window.parent !== window.self ? window.parent : window.opener;
  const targetOrigin = token.smart_web_messaging_origin;
  const waiting = new Map();
  window.addEventListener('message', (event) => {
    if (event.origin !== targetOrigin) return;
    waiting.get(event.data.responseToMessageId)?.(event.data);
  });
  window.handle = token.smart_web_messaging_handle;
  window.ask = (messageType, payload = {}, messagingHandle = window.handle) => {
    const messageId = crypto.randomUUID();
    const answer = new Promise((resolve) => waiting.set(messageId, resolve));
    targetWindow.postMessage({ messagingHandle, messageId, messageType, payload }, targetOrigin);
    return answer;
  };

  window.shaken = await window.ask('status.handshake');
  await showPatient();`;
