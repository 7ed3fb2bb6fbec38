import { ItemError } from '../errors.ts';
import type { Declared, Transformation } from '../transformation/contract.ts';
import { isDerivable } from '../transformation/footprint.ts';
import { type Image, sameAttribute, sameImage } from '../values/attribute-value.ts';
import { keyOf, type TableShape } from '../values/table-shape.ts';
import type { Trial } from './trial/trial.ts';

/**
 * True if a version cannot be undone: it does more than can be taken back without a transformDown, and has none; or it may move items to
 * another table, of which a run back scans nothing.
 */
export function isIrreversible({ transformDown, declared }: Pick<Transformation, 'transformDown' | 'declared'>): boolean {
  return movesAway(declared) || (!transformDown && !isDerivable(declared));
}

/** True if a version may move items to another table. */
export function movesAway({ deletes, writes = [] }: Declared): boolean {
  return deletes && writes.length > 0;
}

/**
 * Applies `down` to the items that took the place of an image.
 *
 * @returns the names of attributes that are not as before; empty if the item is restored
 * @throws ItemError: when the trial fails
 */
export async function notRestored(before: Image, after: readonly Image[], down: Trial): Promise<string[]> {
  const restored = await resultsOf(after, down);
  if (restored.some((image) => sameImage(image, before))) return [];
  return namesUnlike(before, restored[0] ?? {});
}

/**
 * Applies `down` to an image that up leaves, and then `up` to what down made of it.
 *
 * An item in the new shape passes: down is meant to take it back, and up makes the same of it again. A value that up gives differently each
 * time, as of a random function, is not compared.
 *
 * @returns the names of attributes that are not as before; empty if up gives the item back; undefined if down leaves the item
 * @throws ItemError: when down fails
 */
export async function notGivenBack(
  image: Image,
  { up, down, shape }: { up: Trial; down: Trial; shape: TableShape },
): Promise<string[] | undefined> {
  const { decision, images } = await down(image);
  if (decision.outcome !== 'changed') return undefined;
  const sameItemOf = (results: readonly Image[]): Image =>
    results.find((result) => sameImage(keyOf(shape, result), keyOf(shape, image))) ?? {};
  try {
    const once = sameItemOf(await resultsOf(images, up));
    const again = sameItemOf(await resultsOf(images, up));
    return namesUnlike(image, once).filter((name) => sameAttribute(once, again, name));
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    return namesUnlike(image, sameItemOf(images));
  }
}

async function resultsOf(images: readonly Image[], trial: Trial): Promise<Image[]> {
  const results: Image[] = [];
  for (const image of images) results.push(...(await trial(image)).images);
  return results;
}

function namesUnlike(image: Image, other: Image): string[] {
  const names = [...new Set([...Object.keys(image), ...Object.keys(other)])];
  return names.filter((name) => !sameAttribute(image, other, name));
}
