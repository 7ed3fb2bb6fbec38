import type { Direction, Transformation } from './contract.ts';
import { footprintOf, namesOf } from './footprint.ts';

/** The only attributes that are read for a version, beside the key; undefined where whole items are. */
export const attributesRead = (
  { declared, reads, versionAttribute }: Pick<Transformation, 'declared' | 'reads' | 'versionAttribute'>,
  direction: Direction,
): string[] | undefined =>
  reads && [...reads, ...namesOf(footprintOf(declared, direction)), ...(versionAttribute === undefined ? [] : [versionAttribute])];
