// Fetches the patient and the results of this page's address, then renders both at once.
const place = document.getElementById('patient');

async function show() {
  const response = await fetch(`/api/results${location.search}`);
  if (!response.ok) throw new Error(`the results server answered ${response.status}`);
  const { patient, results, images } = await response.json();
  const page = document.getElementById('banner').content.cloneNode(true);
  const fill = (selector, text) => {
    page.querySelector(selector).textContent = text;
  };
  fill('h1', patient.name);
  fill('.dob', patient.born);
  fill('[data-nhs-number]', patient.nhsNumberShown);
  fill('[data-local-number]', patient.localNumber);
  page.querySelector('[data-nhs-number]').dataset.nhsNumber = patient.nhsNumber ?? '';
  page.querySelector('[data-local-number]').dataset.localNumber = patient.localNumber;
  offerImages(page.querySelector('#images'), patient, images);
  const rows = page.querySelector('tbody');
  const choice = page.querySelector('#test');
  for (const test of new Set(results.map((result) => result.test))) choice.append(new Option(test));
  const showRows = () => {
    rows.replaceChildren(...results.filter(({ test }) => !choice.value || test === choice.value).map(row));
  };
  choice.addEventListener('change', showRows);
  showRows();
  place.removeAttribute('role');
  place.setAttribute('aria-busy', 'false');
  place.replaceChildren(page);
}

// The pictures are in another system: whoever shows this page is asked to open them there (FDC3). No answer is needed.
function offerImages(section, { numbers, birthDate }, images) {
  if (!window.fdc3 || images.length === 0) return;
  section.hidden = false;
  const patient = { type: 'lanyard.patient', id: numbers, birthDate };
  for (const { date, description, studyInstanceUid } of images) {
    const button = document.createElement('button');
    button.textContent = 'View images';
    button.addEventListener('click', () => {
      const study = { type: 'lanyard.imagingStudy', id: { 'urn:dicom:uid': studyInstanceUid }, patient };
      window.fdc3.raiseIntent('ViewImages', study).catch(() => undefined);
    });
    const item = document.createElement('li');
    item.append(`${date} ${description} `, button);
    section.querySelector('ul').append(item);
  }
}

function row({ date, test, value, unit, range, abnormal }) {
  const cells = document.createElement('tr');
  for (const text of [date, test, abnormal ? `${value} abnormal` : value, unit, range]) {
    cells.insertCell().textContent = text;
  }
  cells.cells[2].className = abnormal ? 'number abnormal' : 'number';
  return cells;
}

show().catch((error) => {
  place.textContent = `The results could not be loaded: ${error.message}.`;
});
