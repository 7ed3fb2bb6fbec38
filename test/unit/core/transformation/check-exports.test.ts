import { describe, expect, it } from 'vitest';
import { contextOpener } from '../../../../core/change/called-with.ts';
import { RunError } from '../../../../core/errors.ts';
import { checkExports, fileNamePattern } from '../../../../core/transformation/check-exports.ts';
import { contextFor } from '../../../support/transformations.ts';

const file = 'Users/v3_split_name.ts';

function transformUp() {}
const valid = { sequence: 3, transformUp };

function problemOf(exported: object, name = file): string {
  try {
    checkExports(exported, name);
  } catch (error) {
    if (error instanceof RunError && error.name === 'InvalidTransformation') return error.message;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('the exports of a transformation file', () => {
  it('need no more than a sequence and transformUp', () => {
    expect(checkExports(valid, file)).toEqual({
      file,
      sequence: 3,
      declared: { adds: [], overwrites: [], removes: [], inserts: false, deletes: false },
      reads: undefined,
      versionAttribute: undefined,
      transformUp,
      transformDown: undefined,
    });
  });

  it('are all taken over', () => {
    const transformDown = () => {};
    const exported = {
      ...valid,
      adds: ['firstName'],
      overwrites: ['email'],
      removes: ['fullName'],
      inserts: true,
      deletes: false,
      reads: ['fullName'],
      versionAttribute: 'revision',
    };
    const { adds, overwrites, removes, inserts, deletes, ...rest } = exported;

    expect(checkExports(exported, file)).toEqual({
      file,
      ...rest,
      declared: { adds, overwrites, removes, inserts, deletes },
      transformDown: undefined,
    });
    expect(checkExports({ ...valid, transformDown }, file).transformDown).toBe(transformDown);
  });

  it('need no transformUp where there is a seed, and then leave what exists', async () => {
    const seeds = function* () {
      yield { id: 'u1' };
    };

    const { seed, transformUp: leave } = checkExports({ sequence: 3, seed: seeds() }, file);

    expect(seed).toEqual([{ id: 'u1' }]);
    expect(await leave({ id: 'u1' }, contextOpener(contextFor('up'))().context)).toBeUndefined();
  });

  it('may be those of a CommonJS file, which arrive as one default export', () => {
    expect(checkExports({ default: valid }, file)).toEqual(checkExports(valid, file));
    expect(problemOf({ default: null })).toContain('"sequence"');
    expect(problemOf({ default: transformUp })).toContain('"sequence"');
  });

  it('may stand beside helpers, constants and a default export', () => {
    const exported = { ...valid, default: transformUp, splitName: transformUp, maxLength: 10, toString: transformUp };

    expect(checkExports(exported, file).sequence).toBe(3);
  });

  it.each<[string, object, string]>([
    ['no sequence', { sequence: undefined }, 'export "sequence" is required and must be a whole number'],
    ['a sequence as text', { sequence: '3' }, '"sequence"'],
    ['a broken sequence', { sequence: 3.5 }, '"sequence"'],
    ['a sequence of zero', { sequence: 0 }, 'export "sequence" must be 1 or more'],
    ['no transformUp', { transformUp: undefined }, 'export "transformUp" must be a function'],
    ['a transformUp that is no function', { transformUp: 'x' }, 'export "transformUp" must be a function'],
    ['a transformDown that is no function', { transformDown: {} }, 'export "transformDown" must be a function'],
    ['adds that are no array', { adds: 'firstName' }, 'export "adds" must be an array of attribute names'],
    ['adds that are no names', { adds: [1] }, 'export "adds" must be attribute names'],
    ['an empty name in overwrites', { overwrites: [''] }, 'export "overwrites" must be attribute names, not empty'],
    ['removes that are no array', { removes: { fullName: true } }, 'export "removes" must be an array'],
    ['inserts that are no flag', { inserts: 'yes' }, 'export "inserts" must be true or false'],
    [
      'inserts with another field',
      { inserts: { onexisting: 'keep' } },
      'export "inserts" has a field "onexisting", which means nothing. Its',
    ],
    [
      'a look-up with another field',
      { lookups: { items: { table: 'Items', cached: true } } },
      'export "lookups" has a field "cached", which',
    ],
    ['a look-up of a table without a name', { lookups: { items: '' } }, 'export "lookups" must name a table for each look-up'],
    ['deletes that are no flag', { deletes: 1 }, 'export "deletes" must be true or false'],
    ['reads that are no array', { reads: true }, 'export "reads" must be an array'],
    ['a versionAttribute that is no name', { versionAttribute: ['revision'] }, 'export "versionAttribute" must be an attribute name'],
    ['an empty versionAttribute', { versionAttribute: '' }, 'export "versionAttribute" must not be empty'],
    ['a seed that is no iterable', { seed: { id: 'u1' } }, 'export "seed" must be an iterable of items'],
    ['a seed that is a text', { seed: 'u1' }, 'export "seed" must be an iterable of items'],
    ['a journal that is neither all nor none', { journal: true }, 'export "journal" must be "all"'],
    ['a follows that is no flag', { follows: 'no' }, 'export "follows" must be true or false'],
    ['both seed and reads', { seed: [], reads: ['a'] }, 'both seed and reads'],
    ['one name in two declarations', { adds: ['a'], removes: ['a'] }, 'declares "a" twice'],
    ['one name twice in one declaration', { overwrites: ['a', 'a'] }, 'declares "a" twice'],
    [
      'its versionAttribute among what it changes',
      { overwrites: ['revision'], versionAttribute: 'revision' },
      'versionAttribute "revision"',
    ],
    ['both reads and deletes', { reads: ['a'], deletes: true }, 'both reads and deletes'],
    [
      'reads, inserts and a transformDown, which may delete what was inserted',
      { reads: ['a'], inserts: true, transformDown: transformUp },
      'reads and inserts and a transformDown',
    ],
  ])('are refused with %s', (_, exported, problem) => {
    const message = problemOf({ ...valid, ...exported });

    expect(message).toContain(file);
    expect(message).toContain(problem);
  });

  it.each([
    ['add', 'adds'],
    ['Adds', 'adds'],
    ['overwrite', 'overwrites'],
    ['remove', 'removes'],
    ['insert', 'inserts'],
    ['delete', 'deletes'],
    ['read', 'reads'],
    ['versionAtribute', 'versionAttribute'],
    ['version_attribute', 'versionAttribute'],
    ['transformup', 'transformUp'],
    ['transfromUp', 'transformUp'],
    ['transform_down', 'transformDown'],
    ['sequnce', 'sequence'],
    ['journals', 'journal'],
    ['follow', 'follows'],
    ['Follows', 'follows'],
  ])('are refused with "%s", which was probably meant to be "%s"', (name, meant) => {
    expect(problemOf({ ...valid, [name]: [] })).toContain(`exports "${name}", which means nothing. If it should be "${meant}", rename it`);
  });

  it.each([
    ['transformationNumber', 3, 'export const sequence = 3'],
    ['transformItems', transformUp, 'export const transformUp'],
  ])('are refused with "%s" of dynamo-data-transform, naming the replacement', (name, value, replacement) => {
    const message = problemOf({ [name]: value, transformUp });

    expect(message).toContain('dynamo-data-transform');
    expect(message).toContain(replacement);
  });

  it('are refused with the number of the file in place of transformationNumber', () => {
    expect(problemOf({ transformationNumber: 12, transformUp }, 'Users/v12_names.js')).toContain('`export const sequence = 12`');
  });

  it.each(['Users/v4.ts', 'Users/v33.ts', 'Users/v03.ts', 'Users/split_name.ts', 'Users/v3.txt', 'v3/index.ts'])(
    'are refused in a file whose name gives another number: %s',
    (name) => {
      expect(problemOf(valid, name)).toContain('exports sequence 3, but its file name says');
    },
  );

  it.each(['Users/v3.ts', 'Users/v3.js', 'Users/v3_a-b_c.mjs', 'v3.cts'])(
    'are accepted in a file whose name gives their number: %s',
    (name) => {
      expect(checkExports(valid, name).sequence).toBe(3);
    },
  );

  it('gives the number of a file by its name', () => {
    expect(fileNamePattern.exec('v12_split.ts')?.[1]).toBe('12');
    for (const name of ['v0.ts', 'v.ts', 'V1.ts', 'v1.d.ts', 'v1 split.ts', 'v1.tsx']) expect(fileNamePattern.test(name), name).toBe(false);
  });
});
