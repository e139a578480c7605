/** The demo hospital: beside a result the clinician asks for its images, and the viewer opens exactly that study. */
import { demoConfiguration, demoFiles } from '../demo/configuration.js';
import { type DemoHospital, startDemoHospital } from '../demo/hospital.js';
import { imagedStudies } from '../demo/pacs/studies.js';
import { patientByLocalNumber } from '../demo/population.js';
import { expect, test } from './lanyard.js';

/** The image viewer is a large page, and the machine may be busy. */
const PAGE_MS = 45_000;

let hospital: DemoHospital;
test.beforeEach(async () => {
  hospital = await startDemoHospital();
});
test.afterEach(() => hospital.close());

test('"View images" in the results opens the study in the viewer, verified by what it loads', async ({
  launch,
  surroundings: { directory },
}) => {
  test.setTimeout(180_000);
  const amara = patientByLocalNumber('RM1000017');
  const [, study] = imagedStudies.filter(({ person }) => person.patientId === 'RM1000017' && person.issuer === 'RM3');
  if (!amara || !study) throw new Error('the demo has no such patient or study');
  const lanyard = await launch({ ...demoConfiguration(hospital, directory), files: demoFiles(directory) });
  await lanyard.signIn();
  await lanyard.choose(amara);
  await lanyard.tab('Results').click();
  for (const title of ['Results', 'Images'])
    await expect(lanyard.tab(title), title).toHaveAccessibleDescription('In step', { timeout: PAGE_MS });
  await expect
    .poll(() => lanyard.audit().findLast(({ type }) => type === 'system.displayed')?.['systemId'])
    .toBe('results');

  const results = await lanyard.page(hospital.systems.results);
  await results.getByRole('listitem').filter({ hasText: study.description }).getByRole('button').click();
  await expect(lanyard.tab('Images')).toHaveAttribute('aria-selected', 'true');
  const viewer = await lanyard.page(hospital.systems.pacs);
  await expect
    .poll(() => new URL(viewer.url()).searchParams.get('StudyInstanceUIDs'), { timeout: PAGE_MS })
    .toBe(study.studyInstanceUid);
  await expect(lanyard.tab('Images')).toHaveAccessibleDescription('In step', { timeout: PAGE_MS });
  await expect(lanyard.shell.getByRole('region', { name: 'Patient', exact: true })).toContainText('Imaging study');
  await expect(lanyard.shell.getByText('shows other images of this patient')).toHaveCount(0);
});
