/** Checklist rows 56 to 60: getting the current context. */
import { expect, test } from 'vitest';
import { encounter, observation, patient, put, report, startTestHub, study, updates } from './hubPeers.js';

test('row 56: type, version and context of the last open', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient()]);
  await hub.publish('ENCOUNTER-open', [encounter(), patient()]);
  const response = await hub.fetch(`/${hub.topic}`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const current = (await response.json()) as Record<string, unknown>;
  expect(current).toEqual({
    'context.type': 'Encounter',
    'context.versionId': expect.stringMatching(/^\S{8,}$/) as string,
    context: [encounter(), patient()],
  });
});

test('row 56: the type is spelt as FHIR spells it, for any resource', async () => {
  const hub = await startTestHub();
  await hub.publish('questionnaireresponse-open', [
    { key: 'questionnaireresponse', resource: { resourceType: 'QuestionnaireResponse', id: 'q1' } },
  ]);
  expect((await hub.current())['context.type']).toBe('QuestionnaireResponse');
});

test('row 57: with nothing open, an empty type and an empty context, and a version all the same', async () => {
  const hub = await startTestHub();
  expect(await hub.current()).toEqual({
    'context.type': '',
    'context.versionId': expect.stringMatching(/\S/) as string,
    context: [],
  });
});

test('row 58: the version changes with every change, and only then', async () => {
  const hub = await startTestHub();
  const versions: string[] = [];
  const note = async () => {
    const { 'context.versionId': version } = await hub.current();
    expect((await hub.current())['context.versionId']).toBe(version);
    versions.push(version);
    return version;
  };
  await note();
  await hub.publish('Patient-open', [patient()]);
  await note();
  await hub.publish('Patient-open', [patient()]); // opened again
  await note();
  await hub.publish('DiagnosticReport-open', [report(), patient()]);
  const versionId = await note();
  await hub.publish('DiagnosticReport-update', updates('r1', [put(observation('o1'))]), { versionId });
  await note();
  await hub.publish('DiagnosticReport-close', [report(), patient()]);
  await note();
  expect(new Set(versions).size).toBe(versions.length);
});

test('row 59: closing the last open leaves nothing current, not the one before', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('p1')]);
  await hub.publish('Patient-open', [patient('p2')]);
  await hub.publish('Patient-close', [patient('p2')]);
  expect(await hub.current()).toMatchObject({ 'context.type': '', context: [] });
  const late = await hub.subscriber('Patient-open');
  await hub.expectNothingFor(late);
});

test('row 60: closing another than the current context leaves the current one as it is', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('p1')]);
  await hub.publish('ImagingStudy-open', [study('s2', 'p2'), patient('p2')]);
  const before = await hub.current();
  await hub.publish('Patient-close', [patient('p1')]);
  await hub.publish('Patient-close', [patient('unheard-of')]);
  expect(await hub.current()).toEqual(before);
});
