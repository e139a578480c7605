/** A system that is signed in to by hand, or not at all. */
import type { SignOnMethod } from './signOn.js';

export const noSignOn: SignOnMethod = {
  name: 'none',
  signOn: () => Promise.resolve({ outcome: 'by-hand' }),
};
