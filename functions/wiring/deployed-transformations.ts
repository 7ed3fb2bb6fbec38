import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CatalogFile, Manifest } from '../../core/catalog.ts';
import { checkExports, invalidFile } from '../../core/check-exports.ts';
import type { Transformation } from '../../core/contract.ts';
import { ItemError, RunError } from '../../core/errors.ts';
import { footprintOf, namesOf } from '../../core/footprint.ts';
import { encodeInsert } from '../../core/item-difference.ts';
import type { Deployed } from '../../core/plan-run.ts';
import { keyOf, keyText, type TableShape } from '../../core/table-shape.ts';
import { environment } from './environment.ts';

// So that a failure names the line of the team's file, not of the bundle.
process.setSourceMapsEnabled(true);

const readManifest = async (): Promise<Manifest> => JSON.parse(await readFile(join(environment.transformations, 'manifest.json'), 'utf8'));
let manifest: Promise<Manifest> | undefined;

/** Tables that have files in this deployment. */
export const deployedTables = async (): Promise<string[]> => {
  manifest ??= readManifest();
  return Object.keys((await manifest).tables);
};

/** The files of a table in this deployment; empty where there are none. */
export const deployedFiles = async (table: string): Promise<readonly CatalogFile[]> => {
  manifest ??= readManifest();
  const { tables } = await manifest;
  return (Object.hasOwn(tables, table) && tables[table]) || [];
};

/**
 * All files of a table, loaded and checked.
 *
 * @throws RunError NoTransformations, InvalidTransformation
 */
export const loadAll = async (table: string, shape: TableShape): Promise<Deployed[]> => {
  const files = await deployedFiles(table);
  if (files.length === 0)
    throw new RunError(
      'NoTransformations',
      `There are no transformations for ${table}. Add transformations/${table}/v1.ts (\`dynamodt init ${table}\`) and deploy it.`,
    );
  for (const [index, { file, sequence }] of files.entries()) {
    const other = files.slice(0, index).find((earlier) => earlier.sequence === sequence);
    if (other) throw invalidFile(file, `has the same sequence as ${other.file}. Give one of them another number`);
  }
  return Promise.all(
    files.map(async (entry) => {
      const transformation = await load(entry);
      refuseKeys(entry.file, transformation, shape);
      refuseSeeds(entry.file, transformation, shape);
      return { file: entry.file, checksum: entry.checksum, transformation };
    }),
  );
};

/** One file by its sequence; undefined where it is not deployed. @throws RunError InvalidTransformation */
export const loadSequence = async (
  table: string,
  sequence: number,
): Promise<{ transformation: Transformation; checksum: string } | undefined> => {
  const entry = (await deployedFiles(table)).find((file) => file.sequence === sequence);
  return entry && { transformation: await load(entry), checksum: entry.checksum };
};

const load = async ({ file, module, problem }: CatalogFile): Promise<Transformation> => {
  if (problem || !module) throw invalidFile(file, problem ?? 'could not be bundled');
  let exported: object;
  try {
    exported = await import(pathToFileURL(join(environment.transformations, module)).href);
  } catch (error) {
    throw invalidFile(
      file,
      `throws ${error instanceof Error ? error.name : 'something'} when it is loaded; its top level must only declare`,
    );
  }
  return checkExports(exported, file);
};

const refuseSeeds = (file: string, { seed = [] }: Transformation, shape: TableShape): void => {
  try {
    const keys = seed.map((item) => keyText(keyOf(shape, encodeInsert(item, shape))));
    const twice = keys.findIndex((key, index) => keys.indexOf(key) !== index);
    if (twice !== -1) throw invalidFile(file, `has two seeds under one key; the second is number ${twice + 1}`);
  } catch (error) {
    if (error instanceof ItemError)
      throw invalidFile(file, `has a seed that cannot be stored. ${error.message.replace('returned item', 'seed').replace(/\.$/, '')}`);
    throw error;
  }
};

const refuseKeys = (file: string, { declared, versionAttribute }: Transformation, { keys }: TableShape): void => {
  const changed = new Set([...namesOf(footprintOf(declared, 'up')), ...(versionAttribute ? [versionAttribute] : [])]);
  const key = keys.find(({ name }) => changed.has(name));
  if (key)
    throw invalidFile(
      file,
      `declares "${key.name}", which is a key of the table and cannot change. To move an item to another key, use inserts and deletes`,
    );
};
