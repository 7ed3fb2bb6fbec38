import type { Version } from './versions/version.ts';

/**
 * An operator's order to apply no version from a number on. Starts that name no version leave these versions out. A start that names one,
 * by `to` or `again`, applies it.
 */
export interface Hold {
  table: string;
  /** Counts the holds and releases of the table. The next one is written on condition that this is still the last. */
  number: number;
  /** Versions below this one are applied as always; undefined if the hold was released. */
  below?: number | undefined;
  /** Who held or released, when (ISO 8601), and why; a release needs no reason. */
  by: string;
  at: string;
  why?: string | undefined;
}

/** A hold that was not released. */
export type HoldInForce = Hold & { below: number };

export function inForce(hold: Hold | undefined): HoldInForce | undefined {
  const { below } = hold ?? {};
  return hold && below !== undefined ? { ...hold, below } : undefined;
}

/** Of these sequences, those that are held and not applied, in their order. */
export function heldOf(hold: Hold | undefined, sequences: readonly number[], versions: readonly Version[]): number[] {
  const { below } = inForce(hold) ?? {};
  if (below === undefined) return [];
  const isApplied = (sequence: number) => versions.some((version) => version.sequence === sequence && version.status === 'applied');
  return [...new Set(sequences)].filter((sequence) => sequence >= below && !isApplied(sequence)).sort((a, b) => a - b);
}
