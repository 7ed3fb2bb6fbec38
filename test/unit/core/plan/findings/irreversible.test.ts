import { expect, it } from 'vitest';
import { irreversible } from '../../../../../core/plan/findings/version-findings.ts';
import { checkExports } from '../../../../../core/transformation/check-exports.ts';

it.each([
  [{}, '`down` goes by its journal'],
  [{ journal: 'none' }, 'keeps no journal (`journal`), so it cannot be undone'],
])('says whether a version without a function for the way back has a journal: %o', (exported, expected) => {
  const version = checkExports({ sequence: 1, transformUp: () => undefined, removes: ['a'], ...exported }, 'Users/v1.ts');

  expect(irreversible(version, true)).toContain(expected);
});
