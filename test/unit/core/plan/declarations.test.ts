import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { ItemError } from '../../../../core/errors.ts';
import { contradictionIn, missingDeclarations } from '../../../../core/plan/declarations.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import type { BoundContext, Declared } from '../../../../core/transformation/contract.ts';
import { declarationLines, mergeDeclarations, noDeclarations } from '../../../../core/transformation/declarations.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';

const shape = { name: 'T', keys: [{ name: 'id', type: 'S' as const }], indexKeys: {}, indexes: [] };
const context: BoundContext = {
  table: 'T',
  tableName: 'T',
  sequence: 1,
  direction: 'up',
  dryRun: true,
  parameters: {},
  startedAt: 0,
  tableNameOf: (name: string) => name,
  documentClient: undefined,
  log: () => {},
};

/** Attributes of few names with few values, so that they often meet. */
const attributes = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(1, 'x', null), { maxKeys: 3 });
const names = fc.subarray(['a', 'b', 'c']);
/** Disjoint, as a file must have them. */
const declared = fc.tuple(names, names, names, fc.boolean(), fc.boolean()).map(
  ([adds, overwrites, removes, inserts, deletes]): Declared => ({
    adds,
    overwrites: overwrites.filter((name) => !adds.includes(name)),
    removes: removes.filter((name) => !adds.includes(name) && !overwrites.includes(name)),
    inserts,
    deletes,
  }),
);
/** What stays of the item, where it stays, and what is put beside it. */
const result = fc.tuple(fc.option(attributes), fc.subarray(['other', 'third']));

async function decide(item: object, results: object[], declarations: Declared) {
  const file = checkExports({ sequence: 1, transformUp: () => structuredClone(results) }, 'T/v1.ts');
  await bindTransformation({ ...file, declared: declarations }, shape, context).decide(encodeItem(item));
}

async function isUndeclared(item: object, results: object[], declarations: Declared): Promise<boolean> {
  return decide(item, results, declarations).then(
    () => false,
    (error) => error instanceof ItemError && error.name === 'UndeclaredChange',
  );
}

function missingIn(item: object, results: object[], declarations: Declared) {
  return missingDeclarations(
    encodeItem(item),
    { file: undefined, transformUp: () => structuredClone(results), declared: declarations },
    shape,
    context,
  );
}

it('asks for exactly what lets the engine accept the change', async () => {
  await fc.assert(
    fc.asyncProperty(attributes, result, declared, async (own, [kept, inserted], declarations) => {
      const item = { id: 'x', ...own };
      const results = [...(kept ? [{ id: 'x', ...kept }] : []), ...inserted.map((id) => ({ id }))];
      const missing = await missingIn(item, results, declarations);
      const lines = declarationLines(mergeDeclarations(declarations, missing), declarations);

      expect(lines.length > 0).toBe(await isUndeclared(item, results, declarations));
      expect(await isUndeclared(item, results, mergeDeclarations(declarations, missing))).toBe(false);
    }),
    { numRuns: 500 },
  );
});

it('needs each of the names it asks for', async () => {
  const item = { id: 'x', old: 1, name: 'n' };
  const results = [{ id: 'x', name: 'm', fresh: 1 }, { id: 'y' }];
  const missing = await missingIn(item, results, noDeclarations);
  expect(missing).toEqual({ adds: ['fresh'], overwrites: ['name'], removes: ['old'], inserts: true, deletes: false });
  for (const less of [{ adds: [] }, { overwrites: [] }, { removes: [] }, { inserts: false }])
    expect(await isUndeclared(item, results, { ...missing, ...less }), JSON.stringify(less)).toBe(true);
});

describe('the lines of a file', () => {
  it('hold what is declared already, and leave out what stays', () => {
    const before = { ...noDeclarations, adds: ['a'], removes: ['z'] };
    const merged = mergeDeclarations(before, { ...noDeclarations, adds: ['b'], deletes: true });
    expect(declarationLines(merged, before)).toEqual(["export const adds = ['a', 'b'];", 'export const deletes = true;']);
  });

  it('move a name to overwrites that is created in one item and changed in another', () => {
    const merged = mergeDeclarations({ ...noDeclarations, adds: ['a', 'b'] }, { ...noDeclarations, overwrites: ['b'] });
    expect(declarationLines(merged, { ...noDeclarations, adds: ['a', 'b'] })).toEqual([
      "export const adds = ['a'];",
      "export const overwrites = ['b'];",
    ]);
  });

  it.each(["it's", 'say "hi"', 'back\\slash', 'new\nline'])('hold the name %j as JavaScript reads it', (name) => {
    const [line = ''] = declarationLines({ ...noDeclarations, adds: [name] }, noDeclarations);
    expect(new Function(`${line.replace('export const adds =', 'return')}`)()).toEqual([name]);
  });
});

describe('what cannot be declared', () => {
  const file = { reads: undefined, versionAttribute: undefined };

  it.each([
    ['the version attribute', { overwrites: ['rev'] }, { ...file, versionAttribute: 'rev' }, /belongs to the application/],
    ['deletes beside reads', { deletes: true }, { ...file, reads: ['a'] }, /remove reads/],
  ])('%s', (_, declarations, exported, message) => {
    expect(contradictionIn({ ...noDeclarations, ...declarations }, exported)).toMatch(message);
  });

  it('is nothing else', () => {
    expect(contradictionIn({ ...noDeclarations, adds: ['a'], overwrites: ['b'], removes: ['b'], deletes: true }, file)).toBeUndefined();
  });
});
