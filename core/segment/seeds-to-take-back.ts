import type { Control } from '../ledger/control.ts';
import type { Transformation } from '../transformation/contract.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import type { SeedPort } from './seed-items.ts';

/**
 * The transformation with those seeds only that the way down may delete. An item that was there before the way up, or that belongs to a
 * baselined version, can be equal to a seed, and is not ours.
 */
export async function withSeedsToTakeBack(
  transformation: Transformation,
  control: Control,
  openSeeds: (control: Control) => SeedPort,
): Promise<Transformation> {
  return control.direction === 'down' ? withInsertedSeeds(transformation, control, openSeeds) : transformation;
}

/** The transformation with those seeds only that a run inserted. */
export async function withInsertedSeeds(
  transformation: Transformation,
  control: Control,
  openSeeds: (control: Control) => SeedPort,
): Promise<Transformation> {
  const { seed } = transformation;
  if (!seed) return transformation;
  const inserted = await openSeeds(control).inserted(seed.map((item) => encodeInsert(item, control.shape)));
  return { ...transformation, seed: seed.filter((_, index) => inserted.has(index)) };
}
