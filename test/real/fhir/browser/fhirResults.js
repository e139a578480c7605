// Asks the FHIR server for the patient of this page's address, then for the results, and writes down what it answers.
const FHIR = '/fhir/R4';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const place = document.getElementById('patient');

async function ask(query) {
  const response = await fetch(`${FHIR}/${query}`, { headers: { accept: 'application/fhir+json' } });
  if (!response.ok) throw new Error(`the FHIR server answered ${response.status}`);
  return response.json();
}

async function show() {
  const identifier = new URLSearchParams(location.search).get('identifier') ?? '';
  const { entry = [] } = identifier ? await ask(`Patient?identifier=${encodeURIComponent(identifier)}`) : {};
  const [patient, ...others] = entry.map(({ resource }) => resource).filter(({ active }) => active !== false);
  if (!patient || others.length > 0) throw new Error('not exactly one patient has this number');
  const { entry: observations = [] } = await ask(`Observation?subject=Patient/${patient.id}&_sort=-date&_count=100`);
  place.replaceWith(banner(patient));
  document.getElementById('results').replaceChildren(...observations.map(({ resource }) => row(resource)));
}

function banner(patient) {
  const name = patient.name.find(({ use }) => use === 'official');
  const number = (system) =>
    patient.identifier.find((identifier) => identifier.system === system && identifier.use !== 'old')?.value;
  const nhsNumber = number('https://fhir.nhs.uk/Id/nhs-number');
  const banner = document.createElement('section');
  banner.className = 'banner';
  banner.ariaLabel = 'Patient';
  const add = (tag, text, set = () => undefined) => {
    const element = document.createElement(tag);
    element.textContent = text;
    set(element);
    banner.append(element);
  };
  add('h1', `${name.family.toUpperCase()}, ${name.given.join(' ')}${name.prefix ? ` (${name.prefix.join(' ')})` : ''}`);
  add('span', 'Born');
  add('b', shown(patient.birthDate), (element) => {
    element.className = 'dob';
  });
  add('span', 'NHS No.');
  add('b', nhsNumber?.replace(/(...)(...)(....)/, '$1 $2 $3') ?? 'Not known', (element) => {
    element.dataset.nhsNumber = nhsNumber ?? '';
  });
  add('span', 'Hospital No.');
  add('b', number('https://rm3.test/mrn'), (element) => {
    element.dataset.localNumber = element.textContent;
  });
  return banner;
}

function row({ effectiveDateTime, code, valueQuantity }) {
  const cells = document.createElement('tr');
  for (const text of [shown(effectiveDateTime), code.text, valueQuantity.value, valueQuantity.unit])
    cells.insertCell().textContent = text;
  return cells;
}

function shown(date) {
  const [year, month, day] = date.slice(0, 10).split('-');
  return `${day}-${MONTHS[Number(month) - 1]}-${year}`;
}

show().catch((error) => {
  place.textContent = `No results can be shown: ${error.message}.`;
});
