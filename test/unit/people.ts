/** People for unit tests: nobody real, numbers that are never issued. */
import type { Patient } from '../../preload/contract.js';

export const amara: Patient = {
  id: 'amara',
  nhsNumber: '9990000018',
  identifiers: [{ authority: 'rm3', title: 'Hospital number', value: 'RM1000017' }],
  name: { family: 'TESTPATIENT', given: ['Amara', 'Jane'], prefix: 'Mrs', preferred: 'Amy' },
  birthDate: '1961-04-12',
  gender: 'female',
  deceased: null,
  lastUpdated: null,
};

export const brian: Patient = {
  id: 'brian',
  nhsNumber: '9990000123',
  identifiers: [{ authority: 'rm3', title: 'Hospital number', value: 'RM1000025' }],
  name: { family: 'TESTPATIENT', given: ['Brian'], prefix: 'Mr', preferred: null },
  birthDate: '1948-08-30',
  gender: 'male',
  deceased: null,
  lastUpdated: null,
};
