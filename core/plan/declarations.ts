import { callTransform } from '../change/call-transform.ts';
import { orElse } from '../change/maybe-promise.ts';
import type { Declared, Item, Transformation, TransformContext } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodesTo } from '../values/encodes-to.ts';
import type { TableShape } from '../values/table-shape.ts';

export const noDeclarations: Declared = { adds: [], overwrites: [], removes: [], inserts: false, deletes: false };

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
  context: TransformContext,
): Promise<Declared> {
  const results = await orElse(
    () => callTransform(transformUp, seen, context, file),
    () => undefined,
  );
  if (!results) return noDeclarations;
  const own = results.find((result) => shape.keys.every(({ name }) => isSame(seen, result, name)));
  return {
    ...(own ? missingNames(seen, own, declared) : noDeclarations),
    inserts: !declared.inserts && results.some((result) => result !== own),
    deletes: !declared.deletes && !own,
  };
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

/** The union of two declarations. A name that is changed in one of them needs `overwrites`, which also permits creating. */
export function mergeDeclarations(a: Declared, b: Declared): Declared {
  const overwrites = union(a.overwrites, b.overwrites);
  return {
    adds: union(a.adds, b.adds).filter((name) => !overwrites.includes(name)),
    overwrites,
    removes: union(a.removes, b.removes),
    inserts: a.inserts || b.inserts,
    deletes: a.deletes || b.deletes,
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

/** The reason, as a clause, why a file must not declare this; undefined if it may. */
export function contradictionIn(
  { adds, overwrites, removes, deletes }: Declared,
  { reads, versionAttribute }: Pick<Transformation, 'reads' | 'versionAttribute'>,
  isKnown: (name: string) => boolean = () => true,
): string | undefined {
  const changed = [...adds, ...overwrites, ...removes];
  const both = removes.find((name) => adds.includes(name) || overwrites.includes(name));
  if (both !== undefined)
    return `it sets ${isKnown(both) ? `"${both}"` : 'an attribute'} in some items and removes it in others: make two versions of it`;
  if (versionAttribute !== undefined && changed.includes(versionAttribute))
    return `it changes its versionAttribute "${versionAttribute}", which belongs to the application`;
  if (reads && deletes) return 'it deletes items, and a file with reads must not: remove reads';
  return undefined;
}

/**
 * The lines for a file that declare `declared`, only those that differ from `before`: `export const adds = ['firstName'];`
 *
 * @param isKnown names that may be shown; the others are counted in a comment
 */
export function declarationLines(declared: Declared, before: Declared, isKnown: (name: string) => boolean = () => true): string[] {
  return [
    ...(['adds', 'overwrites', 'removes'] as const)
      .filter((kind) => declared[kind].join('\0') !== before[kind].join('\0'))
      .map((kind) => {
        const shown = declared[kind].filter(isKnown);
        const hidden = declared[kind].length - shown.length;
        const rest = hidden > 0 ? ` // and ${hidden} that few items have: their names could be data, and --show-values shows them` : '';
        return `export const ${kind} = [${shown.map(quoted).join(', ')}];${rest}`;
      }),
    ...(['inserts', 'deletes'] as const).filter((kind) => declared[kind] !== before[kind]).map((kind) => `export const ${kind} = true;`),
  ];
}

/** The text as a JavaScript string literal. */
function quoted(name: string): string {
  return `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
