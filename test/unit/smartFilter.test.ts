// Proves what a launched application may ask for: scopes never grow, and no search or resource is anybody else's.
import { describe, expect, test } from 'vitest';
import { allowsScope, givenScopes, hubScopes, readSmartScope, scopeText } from '../../main/domain/smartScope.js';
import {
  belongsTo,
  compartmentTypes,
  type Resource,
  searchOfPatient,
} from '../../main/signon/smart/patientCompartment.js';

const BASE = 'http://127.0.0.1:1/smart/growth/fhir';

/** A small generator with a seed (mulberry32): every run tries the same cases, and says which one failed. */
function random(seed: number): <T>(values: readonly T[]) => T {
  let state = seed;
  return (values) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const index = ((mixed ^ (mixed >>> 14)) >>> 0) % values.length;
    return values[index] as (typeof values)[number];
  };
}

describe('scopes', () => {
  const given = (asked: string, ...allowed: string[]) => givenScopes(asked, allowed).map(scopeText).join(' ');
  test.each([
    ['launch patient/*.read', ['launch', 'patient/Observation.rs'], 'launch patient/Observation.read'],
    ['patient/Observation.cruds', ['patient/*.rs'], 'patient/Observation.rs'],
    ['patient/Observation.*', ['patient/Observation.r'], 'patient/Observation.r'],
    ['patient/Observation.rs', ['patient/Condition.rs'], ''],
    ['patient/Observation.write user/Observation.rs system/*.rs offline_access online_access', ['patient/*.rs'], ''],
    ['patient/Observation.rs?category=laboratory', ['patient/*.rs'], ''],
    ['openid fhirUser', ['openid'], 'openid'],
    ['', ['launch'], ''],
    ['fhircast/Patient-open.read', ['fhircast/*.*'], 'fhircast/Patient-open.read'],
    ['fhircast/*.*', ['fhircast/patient-OPEN.*', 'patient/*.rs'], 'fhircast/patient-OPEN.*'],
    ['fhircast/Patient-open.*', ['fhircast/Patient-open.read'], 'fhircast/Patient-open.read'],
    ['fhircast/Patient-open.write', ['fhircast/Patient-open.read'], ''],
    ['fhircast/Patient-open.read', ['fhircast/Patient-close.read', 'patient/*.rs'], ''],
    ['fhircast/UserLogout.* fhircast/userhibernate.write', ['fhircast/*.*'], 'fhircast/UserLogout.read'],
    ['fhircast/*.read', ['fhircast/*.*'], 'fhircast/*.read'],
    ['fhircast/.read fhircast/Patient.read fhircast/*-open.read fhircast/a.b.delete', ['fhircast/*.*'], ''],
    ['messaging/ui messaging/scratchpad', ['messaging/ui.done'], 'messaging/ui.done'],
    ['messaging/ui.launchActivity messaging/ui', ['messaging/ui'], 'messaging/ui.launchActivity messaging/ui'],
    ['messaging/ui.launchActivity', ['messaging/ui.done', 'launch'], ''],
    ['messaging/ui', ['patient/*.rs', 'fhircast/*.*'], ''],
    ['fhircast/org.example.marker.write', ['fhircast/*.*'], 'fhircast/org.example.marker.write'],
  ])('%j of %j is %j', (asked, allowed, expected) => {
    expect(given(asked, ...allowed)).toBe(expected);
  });

  test('saying everything to the hub never includes that the session ends', () => {
    const scopes = given('launch fhircast/*.*', 'launch', 'fhircast/*.*').split(' ');
    expect(scopes).toContain('fhircast/*.read');
    expect(scopes).toContain('fhircast/Patient-open.write');
    expect(scopes.filter((scope) => /\*\.(write|\*)|logout|hibernate/i.test(scope))).toEqual([]);
    expect(hubScopes(givenScopes('launch patient/*.rs', ['launch', 'patient/*.rs']))).toBe('');
  });

  test('2,000 random requests never get more than asked for, nor more than allowed', () => {
    const pick = random(7);
    const texts = ['launch', 'openid', 'offline_access', 'patient/*.rs', 'patient/Patient.r', 'patient/Observation.s'];
    texts.push(
      'patient/Observation.read',
      'patient/Condition.cruds',
      'patient/Condition.d',
      'user/*.rs',
      'patient/*.s',
    );
    const some = () => Array.from({ length: pick([0, 1, 2, 3]) }, () => pick(texts));
    let count = 0;
    for (let round = 0; round < 2000; round += 1) {
      const [asked, allowed] = [some(), some()];
      const result = givenScopes(asked.join(' '), allowed);
      count += result.length;
      const read = (list: string[]) => list.flatMap((text) => readSmartScope(text) ?? []);
      for (const type of ['Patient', 'Observation', 'Condition'])
        for (const action of ['read', 'search'] as const)
          expect([asked, allowed, allowsScope(result, type, action)]).toEqual([
            asked,
            allowed,
            allowsScope(read(asked), type, action) && allowsScope(read(allowed), type, action),
          ]);
    }
    expect(count).toBeGreaterThan(500);
  });
});

describe('searches and resources', () => {
  test('20,000 random searches: whatever is forwarded names the launched patient and nobody else', () => {
    const pick = random(11);
    const names = ['patient', 'subject', '_id', 'code', 'patient:Patient', 'subject.name', '_include', '_has:X:y:z'];
    names.push('encounter', '_count', '_filter', '_query', 'date', 'subject:identifier', '_revinclude', '_format');
    const values = [
      'p1',
      'p2',
      'Patient/p1',
      'Patient/p2',
      `${BASE}/Patient/p1`,
      `${BASE}/Patient/p2`,
      'p1,p2',
      '',
      '5',
    ];
    values.push('Patient/p1,Patient/p2', 'Patient/p11', 'https://evil.example/Patient/p1', 'Patient/p1/../p2', 'P1');
    const isHarmless = /^(?:code|date|encounter|_count|_id)$/;
    let forwarded = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const type = pick(compartmentTypes);
      const parameters = new URLSearchParams(
        Array.from({ length: pick([0, 1, 1, 2, 3]) }, () => [pick(names), pick(values)]),
      );
      const result = searchOfPatient(type, parameters, 'p1', BASE);
      if (!result) continue;
      forwarded += 1;
      const about = [...result].filter(([name]) => name === 'patient' || name === 'subject');
      const ids = type === 'Patient' ? result.getAll('_id') : about.map(([, value]) => value);
      expect([parameters.toString(), new Set(ids)]).toEqual([
        parameters.toString(),
        new Set([type === 'Patient' ? 'p1' : 'Patient/p1']),
      ]);
      for (const name of result.keys()) expect(name).toMatch(/^(?:patient|subject|code|date|encounter|_count|_id)$/);
      expect(
        [...parameters.keys()].every((name) => isHarmless.test(name) || /^(patient|subject|_format)$/.test(name)),
      ).toBe(true);
    }
    expect(forwarded).toBeGreaterThan(200);
  });

  test('20,000 random resources: one is the patient’s only where its own element names the patient exactly', () => {
    const pick = random(13);
    const references = [
      'Patient/p1',
      'Patient/p2',
      'Group/p1',
      '#p1',
      'Patient/p1 ',
      'patient/p1',
      'Patient/p1/x',
      'p1',
    ];
    let mine = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const reference = pick(references);
      const value = pick<unknown>([{ reference }, [{ reference }], reference, null, { identifier: { value: 'p1' } }]);
      const resource: Resource = {
        resourceType: pick([...compartmentTypes, 'Group', 'Binary', 'Practitioner', '__proto__']),
        id: pick(['p1', 'p2', '7']),
        [pick(['subject', 'patient', 'focus', 'performer'])]: value,
      };
      if (!belongsTo(resource, 'p1')) continue;
      mine += 1;
      if (resource.resourceType === 'Patient') expect(resource['id']).toBe('p1');
      else expect(resource['subject'] ?? resource['patient']).toEqual({ reference: 'Patient/p1' });
    }
    expect(mine).toBeGreaterThan(100);
  });
});
