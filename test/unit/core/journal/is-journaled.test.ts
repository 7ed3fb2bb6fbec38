import { describe, expect, it } from 'vitest';
import { isJournaled } from '../../../../core/journal/is-journaled.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';

const valid = { sequence: 3, transformUp: (item: object) => item };

function journals(exported: object): boolean {
  return isJournaled(checkExports({ ...valid, ...exported }, 'Users/v3.ts'));
}

describe('a version', () => {
  it.each([
    ['overwrites', { overwrites: ['a'] }],
    ['removes', { removes: ['a'] }],
    ['deletes', { deletes: true }],
    ['inserts', { inserts: true }],
    ['inserts with onExisting', { inserts: { onExisting: 'keep' } }],
    ['writes other tables', { inserts: true, writes: ['Orders'] }],
    ['seeds', { seed: [{ id: 'u1' }] }],
    ['only adds and asks for a journal', { adds: ['a'], journal: 'all' }],
  ])('that %s is journaled', (_, exported) => {
    expect(journals(exported)).toBe(true);
  });

  it.each([
    ['only adds', { adds: ['a'] }],
    ['changes nothing', {}],
    ['overwrites and refuses a journal', { overwrites: ['a'], journal: 'none' }],
    ['seeds and refuses a journal', { seed: [{ id: 'u1' }], journal: 'none' }],
  ])('that %s is not', (_, exported) => {
    expect(journals(exported)).toBe(false);
  });
});
