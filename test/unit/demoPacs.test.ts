// Proves the demo's picture archive over real HTTP: searches with the traps of real archives, headers, pixels, the viewer.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import dicomParser from 'dicom-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../demo/http.js';
import { dicomWebHandler } from '../demo/pacs/dicomWeb.js';
import { sampleFiles } from '../demo/pacs/sampleImages.js';
import { imagedStudies } from '../demo/pacs/studies.js';
import { DICOM_WEB_ROOT, viewerHandler } from '../demo/pacs/viewer.js';

type Attributes = Partial<Record<string, { vr: string; Value?: [unknown] }>>;

let server: RunningServer;
let site: string;
beforeAll(async () => {
  site = mkdtempSync(path.join(tmpdir(), 'viewer-'));
  mkdirSync(path.join(site, 'dist'));
  writeFileSync(path.join(site, 'secret.txt'), 'not part of the site');
  writeFileSync(path.join(site, 'dist/index.html'), '<title>viewer</title>');
  writeFileSync(path.join(site, 'dist/app.bundle.0123456789abcdef.js'), 'start()');
  server = await startServer(
    viewerHandler({ site: path.join(site, 'dist'), ribbon: 'DEMO', archive: dicomWebHandler(DICOM_WEB_ROOT) }),
  );
});
afterAll(async () => {
  await server.close();
  rmSync(site, { recursive: true });
});

const ask = (address: string) => fetch(server.url + DICOM_WEB_ROOT + address);
const answer = async (address: string) => (await (await ask(address)).json()) as Attributes[];
const people = (studies: Attributes[]) =>
  studies.map(({ '00100020': id, '00100010': name }) => [
    id?.Value?.[0],
    (name?.Value?.[0] as { Alphabetic: string }).Alphabetic,
  ]);
const [amarasHead] = imagedStudies;
if (!amarasHead) throw new Error('the archive is empty');
const study = `/studies/${amarasHead.studyInstanceUid}`;
const series = `${study}/series/${amarasHead.seriesInstanceUid}`;

it('finds studies by patient number, the other hospital’s person with the same number among them', async () => {
  expect(people(await answer('/studies?PatientID=RM1000017'))).toEqual([
    ['RM1000017', 'TESTPATIENT^Amara^^Mrs'],
    ['RM1000017', 'TESTPATIENT^Amara^^Mrs'],
    ['RM1000017', 'TESTVISITOR^OTTO'],
  ]);
});

it('says who issued a number only when asked', async () => {
  const issuer = async (query: string) =>
    (await answer(`/studies?PatientID=RM1000017${query}`)).map(({ '00100021': value }) => value?.Value?.[0]);
  expect(await issuer('')).toEqual([undefined, undefined, undefined]);
  expect(await issuer('&includefield=00100021')).toEqual(['RM3', 'RM3', 'RX9']);
  expect(await issuer('&includefield=IssuerOfPatientID,00081030')).toEqual(['RM3', 'RM3', 'RX9']);
  expect(await issuer('&includefield=all')).toEqual(['RM3', 'RM3', 'RX9']);
});

it('ignores case, as real archives do', async () => {
  expect(people(await answer('/studies?PatientID=RM1000025'))).toEqual([
    ['RM1000025', 'TESTPATIENT^Brian^^Mr'],
    ['rm1000025', 'TESTVISITOR^PAULA'],
  ]);
});

it('returns everybody for an empty number, as real archives do', async () => {
  expect(await answer('/studies?PatientID=')).toHaveLength(imagedStudies.length);
});

it.each([
  ['PatientID=RM10000*', 12],
  ['00100020=RM1000033', 1],
  ['PatientName=testpatient%5Eamara*', 2],
  ['StudyDate=20261118-20261120', 3],
  ['ModalitiesInStudy=XA', 2],
  ['PatientID=RM1000329', 0],
  ['PatientID=RM1000017&limit=1&offset=1', 1],
  [`StudyInstanceUID=${amarasHead.studyInstanceUid},1.2.3`, 1],
])('understands the search %s', async (query, count) => {
  expect(await answer(`/studies?${query}`)).toHaveLength(count);
});

it('stamps every image with the person of the study and nothing of the sample’s', async () => {
  const images = await answer(`${series}/metadata`);
  expect(images).toHaveLength(19);
  for (const image of images) {
    expect(image['00100020']?.Value).toEqual(['RM1000017']);
    expect(image['00100021']?.Value).toEqual(['RM3']);
    expect(image['00100030']?.Value).toEqual(['19610412']);
    expect(image['0020000D']?.Value).toEqual([amarasHead.studyInstanceUid]);
    expect(image['00281051']?.Value).toEqual([800]);
  }
  expect(new Set(images.map(({ '00080018': uid }) => uid?.Value?.[0])).size).toBe(19);
  const samples = ['brain', 'chest', 'angiography'] as const;
  const originals = samples.flatMap(sampleFiles).flatMap((file) => {
    const data = dicomParser.parseDicom(readFileSync(file), { untilTag: 'x7fe00010' });
    return ['x00080018', 'x0020000d', 'x0020000e', 'x00100020', 'x00080080'].flatMap((tag) => data.string(tag) ?? []);
  });
  expect(originals.length).toBeGreaterThan(50);
  for (const { studyInstanceUid } of imagedStudies) {
    const header = await (await ask(`/studies/${studyInstanceUid}/metadata`)).text();
    expect(originals.filter((original) => original !== '' && header.includes(`"${original}"`))).toEqual([]);
  }
});

it.each([
  ['brain', 1, 131_072, '1.2.840.10008.1.2.1'],
  ['chest', 1, 248_330, '1.2.840.10008.1.2.5'],
  ['angiography', 96, undefined, '1.2.840.10008.1.2.4.50'],
] as const)('sends the pixels of %s, frame %i, unchanged', async (samples, frame, bytes, transferSyntax) => {
  const imaged = imagedStudies.find((one) => one.samples === samples);
  const image = `/studies/${imaged?.studyInstanceUid}/series/${imaged?.seriesInstanceUid}/instances/${imaged?.seriesInstanceUid}.1`;
  const response = await ask(`${image}/frames/${frame}`);
  expect(response.headers.get('content-type')).toMatch(
    /^multipart\/related; type="application\/octet-stream"; boundary=/,
  );
  const body = Buffer.from(await response.arrayBuffer());
  const start = body.indexOf('\r\n\r\n') + 4;
  const pixels = body.subarray(start, body.lastIndexOf('\r\n--'));
  expect(body.subarray(0, start).toString()).toContain(`transfer-syntax=${transferSyntax}\r\n`);
  const [file = ''] = sampleFiles(samples);
  expect(readFileSync(file).includes(pixels)).toBe(true);
  if (bytes === undefined) expect(pixels.subarray(0, 2).toString('hex')).toBe('ffd8');
  else expect(pixels).toHaveLength(bytes);
  expect((await ask(`${image}/frames/97`)).status).toBe(404);
});

it('answers 404 for what it does not have and refuses to be changed', async () => {
  for (const address of [
    '/studies/1.2.3/metadata',
    `${study}/series/1.2.3/metadata`,
    study,
    '/patients',
    `${series}/instances/1.2/frames/1`,
  ])
    expect((await ask(address)).status).toBe(404);
  expect((await fetch(server.url + DICOM_WEB_ROOT + study, { method: 'DELETE' })).status).toBe(405);
});

it('serves the viewer at every address of its own, with our configuration, and no file outside of it', async () => {
  const get = async (address: string) => {
    const response = await fetch(server.url + address);
    return [response.status, await response.text()];
  };
  expect(await get('/viewer?StudyInstanceUIDs=1.2.3')).toEqual([200, '<title>viewer</title>']);
  expect(await get('/app.bundle.0123456789abcdef.js')).toEqual([200, 'start()']);
  expect(await get('/missing.js')).toEqual([404, '']);
  expect(await get('/..%2fsecret.txt')).toEqual([404, '']);
  expect((await get('/app-config.js'))[1]).toContain("showPatientInfo: 'visibleReadOnly'");
});
