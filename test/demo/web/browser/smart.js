// The growth chart in the browser: SMART App Launch 2 by hand, so that the demo does not test Lanyard with itself.
'use strict';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const message = document.getElementById('message');
const { clientId, scope } = document.body.dataset;
const redirectUri = `${location.origin}/chart`;

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

async function getJson(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return response.json();
}

async function begin(parameters) {
  const iss = parameters.get('iss');
  const configuration = await getJson(`${iss}/.well-known/smart-configuration`);
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(24)));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  sessionStorage.setItem('pending', JSON.stringify({ state, verifier, iss, token: configuration.token_endpoint }));
  const address = new URL(configuration.authorization_endpoint);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    aud: iss,
    launch: parameters.get('launch') ?? '',
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  });
  location.replace(address);
}

async function finish(parameters) {
  const pending = JSON.parse(sessionStorage.getItem('pending') ?? 'null');
  sessionStorage.removeItem('pending');
  if (!pending || parameters.get('state') !== pending.state) throw new Error('this answer belongs to another launch');
  history.replaceState(null, '', '/chart');
  if (parameters.has('error')) throw new Error(parameters.get('error_description') ?? 'refused');
  const token = await getJson(pending.token, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: parameters.get('code') ?? '',
      client_id: clientId,
      redirect_uri: redirectUri,
      code_verifier: pending.verifier,
    }),
  });
  const read = (path) =>
    getJson(`${pending.iss}/${path}`, { headers: { authorization: `Bearer ${token.access_token}` } });
  const [patient, observations] = await Promise.all([
    read(`Patient/${token.patient}`),
    read(`Observation?patient=${token.patient}`),
  ]);
  showBanner(patient, token.need_patient_banner !== false);
  showMeasures(observations.entry ?? []);
  message.textContent = 'Measured:';
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function labelled(label, text, attributes) {
  const paragraph = element('p', `${label} `);
  paragraph.append(element('b', text, attributes));
  return paragraph;
}

/** Who it is always shows; the whole banner only where the launcher shows none of its own. */
function showBanner(patient, isWhole) {
  const banner = document.getElementById('banner');
  const name = patient.name.find(({ use }) => use === 'official');
  const [year, month, day] = patient.birthDate.split('-');
  const number = patient.identifier.find(({ system }) => system.endsWith('/nhs-number'))?.value ?? '';
  const local = patient.identifier.find(({ use }) => use === 'usual')?.value ?? '';
  const prefix = name.prefix ? ` (${name.prefix[0]})` : '';
  banner.append(
    element('h1', `${name.family.toUpperCase()}, ${name.given.join(' ')}${prefix}`),
    labelled('Born', `${day}-${months[Number(month) - 1]}-${year}`, { class: 'dob' }),
    labelled('NHS No.', number.replace(/^(...)(...)(....)$/, '$1 $2 $3'), { 'data-nhs-number': number }),
    labelled('Hospital No.', local, { 'data-local-number': local }),
  );
  if (isWhole) banner.append(element('p', `Gender ${patient.gender}`, { id: 'whole-banner' }));
  banner.hidden = false;
}

function showMeasures(entries) {
  for (const { resource } of entries)
    document
      .getElementById('measures')
      .append(element('li', `${resource.code.text} ${resource.valueQuantity.value} ${resource.valueQuantity.unit}`));
}

const parameters = new URLSearchParams(location.search);
(location.pathname === '/launch' ? begin(parameters) : finish(parameters)).catch((error) => {
  message.textContent = `The chart could not be opened: ${error.message}.`;
});
