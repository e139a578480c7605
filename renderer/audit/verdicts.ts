/** What a proof says, in words. */
import type { RowVerdict } from '../../preload/auditContract.js';

export const WORDS_OF_VERDICT: Readonly<Record<RowVerdict, string>> = {
  proven: 'Proven: it is in the signed tree, as it was written',
  whole: 'Whole, as far as this trail alone can tell',
  waiting: 'Not signed yet: the next checkpoint comes within a minute',
  altered: 'ALTERED: it is not what was written',
  missing: 'MISSING: it is not there any more',
};
