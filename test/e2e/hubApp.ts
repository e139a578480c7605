/**
 * A SMART application that also speaks FHIRcast: with its token come `hub.url` and `hub.topic`, and it subscribes there
 * from its own page. Keeps what it hears in `window.heard`.
 */
import { type RunningServer, startServer } from '../demo/http.js';
import { beginLaunch, takeToken } from './messagingApp.js';

export const HUB_CLIENT = 'dose-calculator';
export const HUB_SCOPES = ['launch', 'patient/Patient.rs', 'fhircast/Patient-open.read', 'fhircast/SyncError.read'];

/** `/launch` begins · `/app` is the redirect address, shows the patient and subscribes. */
export async function startHubApp(): Promise<RunningServer> {
  return startServer(({ response, url }) => {
    const scripts = new Map([
      ['/launch', beginLaunch(HUB_CLIENT, HUB_SCOPES)],
      ['/app', takeToken(HUB_CLIENT) + subscribe],
    ]);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Doses</title><body><div id="banner"></div><script type="module">${scripts.get(url.pathname) ?? ''}</script></body></html>`,
    );
  });
}

const subscribe = `
  await showPatient();
  window.hub = { url: token['hub.url'], topic: token['hub.topic'], token: token.access_token };
  window.heard = [];
  const answer = await fetch(token['hub.url'], {
    method: 'POST',
    headers: { authorization: 'Bearer ' + token.access_token },
    body: new URLSearchParams({
      'hub.channel.type': 'websocket', 'hub.mode': 'subscribe', 'hub.topic': token['hub.topic'],
      'hub.events': 'Patient-open,Patient-close', 'subscriber.name': 'Somebody else',
    }),
  });
  const socket = new WebSocket((await answer.json())['hub.channel.endpoint']);
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    if (message['hub.mode']) window.heard.push(message['hub.mode'] + ' ' + message['hub.events']);
    else {
      window.heard.push(message.event['hub.event'] + ' ' + message.event.context[0].resource.identifier[0].value);
      socket.send(JSON.stringify({ id: message.id, status: 200 }));
    }
  });`;
