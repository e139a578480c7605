/** Break-glass for tests of something else, and the records of those that are about it. */
import { BreakGlass } from '../../main/context/breakGlass.js';

export const nothingRestricted = (): BreakGlass =>
  new BreakGlass({
    restricted: null,
    roles: ['clinician'],
    audit: { record: () => undefined },
    newId: () => 'never',
    titleOf: (systemId) => systemId,
    changed: () => undefined,
  });
