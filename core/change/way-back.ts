import type { Transformation } from '../transformation/contract.ts';
import { onlyAdds } from '../transformation/footprint.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import type { Trial } from './trial.ts';

/** True if a version cannot be undone: it does more than add, and has no transformDown. */
export function isIrreversible({ transformDown, declared }: Pick<Transformation, 'transformDown' | 'declared'>): boolean {
  return !transformDown && !onlyAdds(declared);
}

/**
 * Applies `down` to the items that took the place of an image.
 *
 * @returns the names of attributes that are not as before; empty if the item is restored
 * @throws ItemError: when the trial fails
 */
export async function notRestored(before: Image, after: readonly Image[], down: Trial): Promise<string[]> {
  const restored: Image[] = [];
  for (const image of after) restored.push(...(await down(image)).images);
  if (restored.some((image) => sameImage(image, before))) return [];
  const [closest = {}] = restored;
  const names = [...new Set([...Object.keys(before), ...Object.keys(closest)])];
  return names.filter((name) => !sameImage(only(before, name), only(closest, name)));
}

function only(image: Image, name: string): Image {
  return Object.hasOwn(image, name) && image[name] ? { [name]: image[name] } : {};
}
