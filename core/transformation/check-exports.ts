import * as z from 'zod';
import { editDistance } from '../edit-distance.ts';
import { RunError } from '../errors.ts';
import type { Declared, OnExisting, Prepare, Transform, Transformation } from './contract.ts';
import { fieldsOf } from './file-form.ts';
import { insertsOrDeletes } from './footprint.ts';
import { type Only, onlyProblem } from './only.ts';
import { isOnExisting, onExistingMustBe } from './other-items.ts';
import { type DeclaredParameters, declaredParameters } from './parameters/declared-parameters.ts';

const names = z.array(
  z.string('must be attribute names').min(1, 'must be attribute names, not empty'),
  'must be an array of attribute names',
);
const flag = z.boolean('must be true or false').default(false);
const seed = z.custom<Iterable<object>>(
  (value) => typeof value === 'object' && value !== null && Symbol.iterator in value,
  'must be an iterable of items, such as an array',
);
const transform = z.custom<Transform>((value) => typeof value === 'function', 'must be a function');

const only = z.custom<Only>((value) => onlyProblem(value) === undefined, { error: ({ input }) => onlyProblem(input) ?? '' });
const prepare = z.custom<Prepare>((value) => typeof value === 'function', 'must be a function');

const parameters = z.unknown().transform((value, context): DeclaredParameters | undefined => {
  if (value === undefined) return undefined;
  const declared = declaredParameters(value);
  if (!('problem' in declared)) return declared;
  context.addIssue({ code: 'custom', message: declared.problem });
  return z.NEVER;
});
const lookupMustBe =
  'must name a table for each look-up: `{ prices: "Prices" }`, or `{ prices: { table: "Prices", cache: "segment", consistent: false } }`';
const lookup = z.union(
  [
    z.string().min(1, lookupMustBe),
    z.strictObject(
      { table: z.string().min(1, lookupMustBe), cache: z.literal('segment').optional(), consistent: z.boolean().optional() },
      { error: ({ code, keys }) => (code === 'unrecognized_keys' ? `${unknownField(keys)}. It ${lookupMustBe}` : lookupMustBe) },
    ),
  ],
  lookupMustBe,
);
const lookups = z
  .record(z.string(), lookup, 'must be an object: names in the file, and the tables that they stand for, such as `{ prices: "Prices" }`')
  .refine((tables) => !Object.hasOwn(tables, 'self'), 'must not define "self": it is always there, and is the table of the file');
/** `true`, or an object that says what becomes of an insert whose key is taken. */
const inserts = z
  .union(
    [
      z.boolean(),
      z.strictObject(
        { onExisting: z.custom<OnExisting>(isOnExisting, `onExisting ${onExistingMustBe}`).default('fail') },
        { error: ({ code, keys }) => (code === 'unrecognized_keys' ? `${unknownField(keys)}. Its one field is onExisting` : undefined) },
      ),
    ],
    `must be true or false, or { onExisting }, which ${onExistingMustBe}`,
  )
  .default(false);

const tables = z.array(
  z.string('must be logical names of tables').min(1, 'must be logical names of tables, not empty'),
  'must be an array of logical names of tables',
);

/** @param keys what zod names */
function unknownField(keys: unknown): string {
  const [name] = Array.isArray(keys) ? keys : [];
  return `has a field "${String(name)}", which means nothing`;
}

/** The exports of a transformation file. */
const TransformationExports = z.object({
  sequence: z.int('is required and must be a whole number').min(1, 'must be 1 or more'),
  adds: names.default([]),
  overwrites: names.default([]),
  removes: names.default([]),
  inserts,
  deletes: flag,
  writes: tables.optional(),
  reads: names.optional(),
  lookups: lookups.optional(),
  versionAttribute: z.string('must be an attribute name').min(1, 'must not be empty').optional(),
  seed: seed.optional(),
  transformUp: transform.optional(),
  transformDown: transform.optional(),
  only: only.optional(),
  prepare: prepare.optional(),
  parameters: parameters.optional(),
  journal: z
    .enum(['all', 'none'], 'must be "all" (a version that only adds is journaled, too) or "none" (no journal, so no undo by it)')
    .optional(),
  follows: z
    .boolean('must be true or false: with false, items that old code writes after the version was applied are not brought up')
    .optional(),
});

type Exports = z.infer<typeof TransformationExports>;

/** `v12.ts`, `v12_split_name.js`: the number is the sequence. */
export const fileNamePattern = /^v([1-9]\d*)(?:_[\w-]+)?\.(?:ts|js|mts|mjs|cts|cjs)$/;

/** Exports of dynamo-data-transform's files, and what replaces them. */
const replacedExports = new Map([
  ['transformationNumber', (file: string) => `\`export const sequence = ${fileNumber(file) ?? 1}\``],
  ['transformItems', () => '`export const transformUp = (item) => …`, called once per item'],
]);

/** Exports that are no functions, and whose names a helper may come near. */
const noFunctions: readonly string[] = ['lookups', 'journal', 'follows'];
/** Exports that one other letter makes another word: `flows` and `allows` are helpers. */
const nearOthers: readonly string[] = ['follows'];

/**
 * Checks the exports of a transformation file, of either form.
 *
 * @param file such as `Users/v3_split_name.ts`: its number must equal the exported sequence
 * @param format of its source, if it is known: a CommonJS file has one default export, which need not be made by defineTransformation
 * @throws RunError InvalidTransformation: when an export is unknown, missing or wrong; says which, and what it must be
 */
export function checkExports(exported: object, file: string, format?: 'esm' | 'cjs'): Transformation {
  const form = fieldsOf(exported, format, isField);
  if ('problem' in form) throw invalidFile(file, form.problem);
  const { fields, isTyped } = form;
  for (const [name, replacement] of replacedExports)
    if (Object.hasOwn(fields, name))
      throw invalidFile(file, `exports "${name}", as dynamo-data-transform asks for. Replace it with ${replacement(file)}`);
  for (const [name, value] of Object.entries(fields)) {
    // A helper that is called `lookup` is not meant to be `lookups`, and `journey` not to be `journal`.
    const meant = typeof value === 'function' && noFunctions.includes(nearMiss(name) ?? '') ? undefined : nearMiss(name);
    const has = isTyped ? 'has a field' : 'exports';
    if (meant) throw invalidFile(file, `${has} "${name}", which means nothing. If it should be "${meant}", rename it`);
    if (isTyped && !isKnown(name)) throw invalidFile(file, `has a field "${name}", which means nothing. Remove it from the definition`);
  }
  const result = TransformationExports.safeParse(fields);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalidFile(file, `is not valid: ${isTyped ? 'field' : 'export'} "${String(issue?.path[0])}" ${issue?.message}`);
  }
  const problem = contradictionIn(result.data, file, isTyped);
  if (problem) throw invalidFile(file, problem);
  const { sequence, reads, lookups, versionAttribute, seed, transformUp, transformDown, only, journal, follows } = result.data;
  const declared = { ...declaredIn(result.data), ...(isTyped ? { isTyped } : {}) };
  return {
    file,
    sequence,
    declared,
    reads,
    ...(lookups ? { lookups } : {}),
    versionAttribute,
    seed: seed && [...seed],
    transformUp: transformUp ?? leaveItem,
    transformDown,
    ...(only ? { only } : {}),
    ...(journal ? { journal } : {}),
    ...(follows === undefined ? {} : { follows }),
    prepare: result.data.prepare,
    parameters: result.data.parameters,
    ...(Array.isArray(fields['adds']) && !seed && transformUp?.length === 0 && declaresNothing(declared) ? { isUnfilled: true } : {}),
  };
}

function declaredIn({ adds, overwrites, removes, inserts, deletes, writes }: Exports): Declared {
  return {
    adds,
    overwrites,
    removes,
    inserts: inserts !== false,
    deletes,
    ...(typeof inserts === 'object' ? { onExisting: inserts.onExisting } : {}),
    ...(writes ? { writes } : {}),
  };
}

function declaresNothing(declared: Declared): boolean {
  const { adds, overwrites, removes } = declared;
  return adds.length + overwrites.length + removes.length === 0 && !insertsOrDeletes(declared);
}

/** The function of a version that only seeds items: it leaves the existing ones. */
const leaveItem: Transform = () => undefined;

function contradictionIn(exports: Exports, file: string, isTyped: boolean): string | undefined {
  const number = fileNumber(file);
  if (String(exports.sequence) !== number)
    return `${isTyped ? 'has' : 'exports'} sequence ${exports.sequence}, but its file name says ${number}. Make them equal`;
  if (!exports.transformUp && !exports.seed) return `is not valid: ${isTyped ? 'field' : 'export'} "transformUp" must be a function`;
  if (exports.seed && exports.reads) return 'has both seed and reads: to take a seeded item back, all of it must be known. Remove reads';
  const { adds, overwrites, removes, writes = [] } = exports;
  const [table = ''] = file.split('/');
  if (writes.includes(table)) return `has its own table "${table}" in writes. Remove it there, and declare inserts for items of this table`;
  const named = writes.find((name, index) => writes.indexOf(name) !== index);
  if (named !== undefined) return `has "${named}" twice in writes. Remove one`;
  const declared = [...adds, ...overwrites, ...removes];
  const twice = [overwrites, removes]
    .map((names) => [...adds, ...names])
    .flatMap((names) => names.filter((name, index) => names.indexOf(name) !== index))[0];
  if (twice) return `declares "${twice}" twice: a name stands once, or in overwrites and in removes`;
  if (exports.versionAttribute && declared.includes(exports.versionAttribute))
    return `declares its versionAttribute "${exports.versionAttribute}" as something it changes; that attribute belongs to the application`;
  if (exports.reads && exports.deletes) return 'has both reads and deletes: to delete an item, all of it must be known. Remove reads';
  if (exports.reads && exports.inserts && exports.transformDown)
    return 'has reads and inserts and a transformDown, which may delete what was inserted: to delete an item, all of it must be known. Remove reads';
  return undefined;
}

function isKnown(name: string): boolean {
  return Object.hasOwn(TransformationExports.shape, name);
}

/** Whether an export is, or is meant to be, one that a file is made of. A helper is not. */
function isField(name: string): boolean {
  return isKnown(name) || replacedExports.has(name) || nearMiss(name) !== undefined;
}

/** The known export that a misspelt name was probably meant to be. */
function nearMiss(name: string): string | undefined {
  return isKnown(name)
    ? undefined
    : Object.keys(TransformationExports.shape).find(
        (known) => editDistance(name.toLowerCase(), known.toLowerCase()) <= (known.length > 6 && !nearOthers.includes(known) ? 2 : 1),
      );
}

/** @param problem a clause that follows the file's name, and says what to do */
export function invalidFile(file: string, problem: string, attribute?: string): RunError {
  const [table] = file.split('/');
  const number = fileNumber(file);
  return new RunError('InvalidTransformation', `The transformation ${file} ${problem}.`, {
    fields: { table, sequence: number === undefined ? undefined : Number(number), file, attribute },
  });
}

/** The number in the name of a file. */
function fileNumber(file: string): string | undefined {
  return fileNamePattern.exec(file.slice(file.lastIndexOf('/') + 1))?.[1];
}

/** A clause that follows the file's name, as for {@link invalidFile}. */
export function sameSequence(other: string): string {
  return `has the same sequence as ${other}. Give one of them another number`;
}
