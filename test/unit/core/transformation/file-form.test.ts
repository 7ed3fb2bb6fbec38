import { defineTransformation } from 'dynamodt';
import { check } from 'dynamodt/testing';
import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import type { Item } from '../../../../core/transformation/contract.ts';

const file = 'Users/v3.ts';

function transformUp(item: Item) {
  return { ...item, a: 1 };
}
const fields = { sequence: 3, adds: ['a'], transformUp };
const defined = defineTransformation()(fields);

function problemOf(exported: object, format?: 'esm' | 'cjs'): string {
  try {
    checkExports(exported, file, format);
  } catch (error) {
    if (error instanceof RunError && error.name === 'InvalidTransformation') return error.message;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a file whose default export is made by defineTransformation', () => {
  it('has the same fields as one with named exports', () => {
    const { declared, ...typed } = checkExports({ default: defined }, file, 'esm');

    expect({ ...typed, declared: { ...declared, isTyped: undefined } }).toEqual(checkExports(fields, file));
    expect(declared.isTyped).toBe(true);
  });

  it('is found in a CommonJS file, in the output of a compiler, and made by another copy of the library', () => {
    const other = Object.defineProperty({ ...fields }, Symbol.for('dynamodt.transformation'), { value: true });

    for (const exported of [
      { default: { __esModule: true, default: defined } },
      { default: defined, __esModule: true },
      { default: defined, 'module.exports': defined },
      { default: other },
      defined,
    ])
      expect(checkExports(exported, file).declared.adds).toEqual(['a']);
  });

  it('may export helpers beside it, but no field', () => {
    expect(checkExports({ default: defined, splitName: transformUp, longest: 3 }, file).sequence).toBe(3);
    expect(problemOf({ default: defined, sequence: 3, removes: ['b'] })).toMatch(
      /Users\/v3\.ts has a default export made by defineTransformation, and also exports "sequence", "removes"\. Use one form/,
    );
    expect(problemOf({ default: defined, add: ['b'] })).toContain('also exports "add"');
    expect(problemOf({ default: defined, transformItems: transformUp })).toContain('also exports "transformItems"');
  });

  it('is refused with a wrong, misspelt or unknown field, named as a field', () => {
    const withField = (field: object) => problemOf({ default: defineTransformation()({ ...fields, ...field }) });

    expect(withField({ adds: 'a' })).toContain('field "adds" must be an array of attribute names');
    expect(withField({ add: ['b'] })).toContain('has a field "add", which means nothing. If it should be "adds", rename it');
    expect(withField({ comment: 'x' })).toContain('has a field "comment", which means nothing. Remove it from the definition');
    expect(withField({ sequence: 4 })).toContain('has sequence 4, but its file name says 3');
    expect(withField({ transformUp: undefined })).toContain('field "transformUp" must be a function');
  });

  it('is known to be not filled in while it declares nothing', () => {
    expect(
      checkExports({ default: defineTransformation()({ sequence: 3, adds: [], transformUp: () => undefined }) }, file).isUnfilled,
    ).toBe(true);
  });
});

describe('a default export that is not made by defineTransformation', () => {
  it.each<[string, unknown]>([
    ['an object', fields],
    ['a function', transformUp],
    ['defineTransformation that is not called', defineTransformation],
    ['defineTransformation that is called once', defineTransformation()],
    ['a promise', Promise.resolve(defined)],
    ['null', null],
  ])('is refused if it is %s', (_, whole) => {
    expect(problemOf({ default: whole }, 'esm')).toContain(
      'has a default export that is not made by defineTransformation. Write `export default',
    );
  });

  it('may be that of a CommonJS file, or stand beside named exports', () => {
    expect(checkExports({ default: fields }, file, 'cjs').sequence).toBe(3);
    expect(checkExports({ ...fields, default: transformUp }, file, 'esm').sequence).toBe(3);
  });
});

describe('check', () => {
  it('takes the namespace of a typed file, and its default export', async () => {
    for (const exported of [{ default: defined }, defined])
      expect(await check(exported, [{ id: '1' }])).toMatchObject([{ outcome: 'changed', after: [{ id: '1', a: 1 }] }]);
  });

  it('advises in the form of the file', async () => {
    const undeclared = defineTransformation()({ sequence: 3, adds: ['b'], transformUp });
    const inserting = defineTransformation()({ sequence: 3, transformUp: (item) => [item, { id: '2' }] });

    await expect(check(undeclared, [{ id: '1' }])).rejects.toThrow("say this in place of what it declares: adds: ['b', 'a'],");
    await expect(check(inserting, [{ id: '1' }], { keys: ['id'] })).rejects.toThrow('If that is meant, add: inserts: true,');
  });
});
