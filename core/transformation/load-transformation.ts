import { ItemError, RunError } from '../errors.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { refuseLargeKeys, refuseTooLarge } from '../values/item-limits.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import type { CatalogFile } from './catalog.ts';
import { checkExports, invalidFile, sameSequence } from './check-exports.ts';
import type { Transformation } from './contract.ts';
import { footprintOf, namesOf } from './footprint.ts';
import { refuseOnly } from './refuse-only.ts';
import { thrownName } from './thrown-error.ts';

/**
 * Loads and checks one bundled file.
 *
 * @param importModule imports `module` of the file, relative to the bundle's folder
 * @throws RunError InvalidTransformation: when the file cannot be loaded, or its exports are not valid
 */
export async function loadTransformation(
  { file, module, format, problem }: CatalogFile,
  importModule: (module: string) => Promise<object>,
): Promise<Transformation> {
  if (problem || !module) throw invalidFile(file, problem ?? 'could not be bundled');
  let exported: object;
  try {
    exported = await importModule(module);
  } catch (error) {
    if (error instanceof RunError) throw error;
    const [, name] = (error instanceof ReferenceError && /^(module|exports|require) is not defined/.exec(error.message)) || [];
    if (name !== undefined)
      throw invalidFile(
        file,
        `uses \`${name}\` of CommonJS, and Node reads it as an ES module, as package.json has "type": "module" or the file exports by \`export\`. Write \`import\` and \`export\` throughout, or let its name end with .cjs`,
      );
    throw invalidFile(file, `throws ${thrownName(error)} when it is loaded; its top level must only declare`);
  }
  return checkExports(exported, file, format);
}

/** @throws RunError InvalidTransformation: when two files of one table have the same sequence */
export function refuseSameSequence(files: readonly Pick<CatalogFile, 'file' | 'sequence'>[]): void {
  for (const [index, { file, sequence }] of files.entries()) {
    const other = files.slice(0, index).find((earlier) => earlier.sequence === sequence);
    if (other) throw invalidFile(file, sameSequence(other.file));
  }
}

/**
 * @throws RunError InvalidTransformation: when the file declares a key of the table, has a seed that cannot be stored, or is only about an index
 *   or keys that the table does not have
 */
export function refuseForTable(file: string, transformation: Transformation, shape: TableShape): void {
  refuseKeys(file, transformation, shape);
  refuseSeeds(file, transformation, shape);
  refuseOnly(file, transformation, shape);
}

function refuseKeys(file: string, { declared, versionAttribute }: Transformation, { keys }: TableShape): void {
  const changed = new Set([...namesOf(footprintOf(declared, 'up')), ...(versionAttribute ? [versionAttribute] : [])]);
  const key = keys.find(({ name }) => changed.has(name));
  if (key)
    throw invalidFile(
      file,
      `declares "${key.name}", which is a key of the table and cannot change. To move an item to another key, use inserts and deletes`,
      key.name,
    );
}

function refuseSeeds(file: string, { seed = [] }: Transformation, shape: TableShape): void {
  try {
    const images = seed.map((item) => encodeInsert(item, shape));
    for (const [index, image] of images.entries()) {
      refuseTooLarge(image, `Seed number ${index + 1}`);
      refuseLargeKeys(image, shape);
    }
    const keys = images.map((image) => keyText(keyOf(shape, image)));
    const twice = keys.findIndex((key, index) => keys.indexOf(key) !== index);
    if (twice !== -1) throw invalidFile(file, `has two seeds under one key; the second is number ${twice + 1}`);
  } catch (error) {
    if (error instanceof ItemError)
      throw invalidFile(file, `has a seed that cannot be stored. ${error.message.replace('returned item', 'seed').replace(/\.$/, '')}`);
    throw error;
  }
}
