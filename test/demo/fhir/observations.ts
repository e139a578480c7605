/** Heights and weights of a demo patient: invented, but always the same for the same patient. */
import type { Observation } from '@medplum/fhirtypes';
import type { DemoPatient } from '../population.js';

const MEASURES = [
  { code: '8302-2', text: 'Height', unit: 'cm', least: 150, span: 40 },
  { code: '29463-7', text: 'Weight', unit: 'kg', least: 50, span: 50 },
] as const;

export function observationsOf({ id, localNumber }: DemoPatient): readonly Observation[] {
  const seed = Number(localNumber.slice(-4));
  return MEASURES.map(({ code, text, unit, least, span }, index) => ({
    resourceType: 'Observation',
    id: `${id}-${code}`,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code }], text },
    subject: { reference: `Patient/${id}` },
    effectiveDateTime: '2026-11-20',
    valueQuantity: {
      value: least + ((seed * (index + 7)) % span),
      unit,
      system: 'http://unitsofmeasure.org',
      code: unit,
    },
  }));
}
