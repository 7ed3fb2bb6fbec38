import { callTransform } from '../change/call-transform.ts';
import { contextOpener } from '../change/called-with.ts';
import { orElse } from '../change/maybe-promise.ts';
import type { BoundContext, Declared, Item, Transformation } from '../transformation/contract.ts';
import { noDeclarations } from '../transformation/declarations.ts';
import { elementsOf } from '../transformation/other-items.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodesTo } from '../values/encodes-to.ts';
import type { TableShape } from '../values/table-shape.ts';

/**
 * The further declarations that a file would need to permit what its function does with an image.
 *
 * @param seen the image as the function sees it
 * @returns undefined if the function fails when it is called again
 */
export async function missingDeclarations(
  seen: Image,
  { file, transformUp, declared }: Pick<Transformation, 'file' | 'transformUp' | 'declared'>,
  shape: TableShape,
  context: BoundContext,
): Promise<Declared> {
  const results = await orElse(
    () => callTransform(transformUp, seen, contextOpener(context)(), file),
    () => undefined,
  );
  if (!results) return noDeclarations;
  const { plain, inserts: given } = elementsOf(results);
  const own = plain.find((result) => shape.keys.every(({ name }) => isSame(seen, result, name)));
  return {
    ...(own ? missingNames(seen, own, declared) : noDeclarations),
    inserts: !declared.inserts && (plain.some((result) => result !== own) || given.some(({ options }) => tableIn(options) === undefined)),
    ...writesOf(given.map(({ options }) => tableIn(options))),
    deletes: !declared.deletes && !own,
  };
}

function writesOf(tables: readonly (string | undefined)[]): Pick<Declared, 'writes'> {
  const writes = [...new Set(tables.filter((table) => table !== undefined))];
  return writes.length > 0 ? { writes } : {};
}

function tableIn(options: unknown): string | undefined {
  const table = typeof options === 'object' && options !== null && 'table' in options ? options.table : undefined;
  return typeof table === 'string' ? table : undefined;
}

function missingNames(seen: Image, item: Item, { adds, overwrites, removes }: Declared): Declared {
  const differing = Object.keys(item).filter((name) => !overwrites.includes(name) && !adds.includes(name) && !isSame(seen, item, name));
  return {
    ...noDeclarations,
    adds: differing.filter((name) => !Object.hasOwn(seen, name)),
    overwrites: differing.filter((name) => Object.hasOwn(seen, name)),
    removes: Object.keys(seen).filter((name) => !Object.hasOwn(item, name) && !removes.includes(name)),
  };
}

function isSame(image: Image, item: Item, name: string): boolean {
  const value = Object.hasOwn(image, name) ? image[name] : undefined;
  return value !== undefined && Object.hasOwn(item, name) && encodesTo(value, item[name]);
}

/** The reason, as a clause, why a file must not declare this; undefined if it may. */
export function contradictionIn(
  { adds, overwrites, removes, deletes }: Declared,
  { reads, versionAttribute }: Pick<Transformation, 'reads' | 'versionAttribute'>,
): string | undefined {
  const changed = [...adds, ...overwrites, ...removes];
  if (versionAttribute !== undefined && changed.includes(versionAttribute))
    return `it changes its versionAttribute "${versionAttribute}", which belongs to the application`;
  if (reads && deletes) return 'it deletes items, and a file with reads must not: remove reads';
  return undefined;
}
