/**
 * Systems that hear of their patient over a live channel, one page for all patients, as a vendor would write them: each
 * shows whom its address names, and from then on whom the channel names, in its own way.
 */
import { readBody, type RunningServer, startServer } from '../demo/http.js';
import { type DemoPatient, NHS_NUMBER_SYSTEM, population } from '../demo/population.js';
import { writtenDay } from './lab.js';

/**
 * follows: shows whom it is told · deaf: listens, and stays · liar: shows the right number with another birth date ·
 * leads: follows, and asks for others
 */
export type Fdc3Behaviour = 'follows' | 'deaf' | 'liar' | 'leads';

export interface LiveDesk extends RunningServer {
  /** Paths of the pages that were asked for, in order. */
  readonly opened: readonly string[];
}

const people = population.slice(0, 8);

export async function startLiveDesk(): Promise<LiveDesk> {
  const opened: string[] = [];
  const server = await startServer(async ({ request, response, url }) => {
    const [, behaviour = '', nhsNumber = ''] = url.pathname.split('/');
    if (behaviour !== 'favicon.ico') opened.push(url.pathname);
    const html = (text: string): void => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(text);
    };
    if (behaviour !== 'subscriber') {
      html(page(nhsNumber, fdc3Script(behaviour as Fdc3Behaviour)));
      return;
    }
    // what it is launched with comes by a form: the patient, and how to reach the context hub
    const form = new URLSearchParams(request.method === 'POST' ? ((await readBody(request)) ?? '') : '');
    html(page(form.get('nhs') ?? '', form.has('token') ? subscriberScript(form) : ''));
  });
  return { ...server, opened };
}

function page(nhsNumber: string, script: string): string {
  const shown = Object.fromEntries(people.map((one) => [one.nhsNumber ?? '', identity(one)]));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Live</title><body>
    <div id="banner"></div><textarea aria-label="Note"></textarea>
    <script>
      const people = ${JSON.stringify(shown)};
      const show = (number) => { document.querySelector('#banner').innerHTML = people[number] ?? '<h1>Worklist</h1>'; };
      show(${JSON.stringify(nhsNumber)});
      ${script}
    </script></body></html>`;
}

/** By the standard's own snippet: window.fdc3, or the event that it is ready. */
function fdc3Script(behaviour: Fdc3Behaviour): string {
  const told: Record<Fdc3Behaviour, string> = {
    follows: 'show(number);',
    leads: 'show(number);',
    deaf: '',
    liar: "show(number); for (const one of document.querySelectorAll('.dob')) one.textContent = 'Born 01-Jan-1901';",
  };
  return `
    const heard = [];
    const begin = () => fdc3.addContextListener('lanyard.patient', (context) => {
      heard.push(context);
      const number = context.id[${JSON.stringify(NHS_NUMBER_SYSTEM)}];
      if (heard.length > 1) { ${told[behaviour]} }
    });
    if (window.fdc3) begin();
    else addEventListener('fdc3Ready', begin);`;
}

/** FHIRcast 3.0.0, sections 2.4 and 2.5, from the page itself. `isDeaf`, set by a test: it hears and stays. */
function subscriberScript(form: URLSearchParams): string {
  const hub = JSON.stringify(Object.fromEntries(form));
  return `
    const hub = ${hub};
    const system = ${JSON.stringify(NHS_NUMBER_SYSTEM)};
    let isSubscribed = false;
    let isDeaf = false;
    const ask = (type, body) => fetch(hub.hub, {
      method: 'POST', headers: { authorization: 'Bearer ' + hub.token, 'content-type': type }, body,
    });
    const subscription = new URLSearchParams({
      'hub.channel.type': 'websocket', 'hub.mode': 'subscribe', 'hub.topic': hub.topic, 'hub.events': 'Patient-open,Patient-close',
      'hub.lease_seconds': '3600', 'subscriber.name': 'Subscriber',
    });
    (async () => {
      const answer = await (await ask('application/x-www-form-urlencoded', subscription)).json();
      const socket = new WebSocket(answer['hub.channel.endpoint']);
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message['hub.mode']) isSubscribed = message['hub.mode'] === 'subscribe';
        if (!message.event) return;
        const { resource } = message.event.context.find(({ key }) => key === 'patient');
        const number = resource.identifier.find((one) => one.system === system).value;
        if (!isDeaf && message.event['hub.event'] === 'Patient-open') show(number);
        socket.send(JSON.stringify({ id: message.id, status: 200 }));
      };
    })();
    const open = async (number) => {
      const resource = { resourceType: 'Patient', id: 'of-the-page', identifier: [{ system, value: number }] };
      const event = { 'hub.topic': hub.topic, 'hub.event': 'Patient-open', context: [{ key: 'patient', resource }] };
      const body = JSON.stringify({ timestamp: new Date().toISOString(), id: crypto.randomUUID(), event });
      return (await ask('application/json', body)).status;
    };`;
}

/** A patient as pages name one over FDC3. */
export function contextOf({ nhsNumber, birthDate }: DemoPatient): {
  readonly type: string;
  readonly id: Readonly<Record<string, string>>;
  readonly birthDate: string;
} {
  return { type: 'lanyard.patient', id: { [NHS_NUMBER_SYSTEM]: nhsNumber ?? '' }, birthDate };
}

function identity({ family, given, nhsNumber, birthDate }: DemoPatient): string {
  return `<h1>${family}, ${given[0] ?? ''}</h1><p data-nhs-number>${nhsNumber ?? ''}</p><p class="dob">Born ${writtenDay(birthDate)}</p>`;
}
