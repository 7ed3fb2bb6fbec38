import { countOf } from '../../count-of.ts';
import type { Transformation } from '../../transformation/contract.ts';
import { type Image, sameImage } from '../../values/attribute-value.ts';
import { encodeInsert } from '../../values/encode-insert.ts';
import { keyOf, keyText, type TableShape } from '../../values/table-shape.ts';
import { about } from '../number-text.ts';
import type { Finding, SeedsFound } from '../table-plan.ts';

const maxLooked = 1000;
/** Of one request. */
const maxKeys = 100;

/**
 * Looks for the seeds of a version in the table.
 *
 * @param position how many of the version's seeds runs have come to: only those after it are inserted by a further sweep
 */
export async function checkSeeds(
  { seed }: Transformation,
  { shape, position, readItems }: { shape: TableShape; position: number; readItems: (keys: readonly Image[]) => Promise<Image[]> },
): Promise<SeedsFound | undefined> {
  if (!seed) return undefined;
  const seeds = seed.slice(0, maxLooked).map((item) => encodeInsert(item, shape));
  const there = new Map<string, Image>();
  for (let from = 0; from < seeds.length; from += maxKeys) {
    const items = await readItems(seeds.slice(from, from + maxKeys).map((image) => keyOf(shape, image)));
    for (const item of items) there.set(keyText(keyOf(shape, item)), item);
  }
  const found: SeedsFound = { looked: seeds.length, missing: 0, gone: 0, differing: 0 };
  for (const [index, image] of seeds.entries()) {
    const item = there.get(keyText(keyOf(shape, image)));
    if (item && !sameImage(image, item)) found.differing++;
    else if (!item && index >= position) found.missing++;
    else if (!item) found.gone++;
  }
  return found;
}

/** The findings about the seeds of an applied version. */
export function seedFindings(
  table: string,
  sequence: number,
  { looked, missing, gone, differing }: SeedsFound,
): { serious: Finding[]; notes: Finding[] } {
  const of = (count: number) => `${about(count)} of ${countOf(looked, 'seed')}`;
  const serious: Finding[] = [];
  const notes: Finding[] = [];
  if (missing > 0)
    serious.push({
      name: 'SeedsMissing',
      message: `${of(missing)} are not in the table, and no run has inserted them: the file got them after it was applied, or the version was baselined. \`dynamodt up ${table} --again ${sequence}\` inserts them.`,
      sequence,
    });
  if (gone > 0)
    notes.push({
      name: 'SeedsGone',
      message: `${of(gone)} are not in the table, although a run has come to them: the application deleted them, or the file has another seed in their place since. No run inserts them again. To insert them, add them at the end of the list and sweep with \`--again ${sequence}\`, or put them into a new version.`,
      sequence,
    });
  if (differing > 0)
    notes.push({
      name: 'SeedsDiffer',
      message: `${of(differing)} meet an item with other content, which stays as it is, also with \`--again ${sequence}\`: the application changed it, a later version did, or the file has changed. To change these items, write a new version with \`overwrites\`.`,
      sequence,
    });
  return { serious, notes };
}
