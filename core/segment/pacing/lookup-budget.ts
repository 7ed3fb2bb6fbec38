import type { ReadBudget } from '../../lookup/lookup-port.ts';
import type { SegmentGate } from '../segment-gate.ts';
import type { Pacing } from './pacing.ts';

/** Look-ups are paid from the worker's share of the read budget, and counted. They end when the segment is halted. */
export function lookupBudget(reads: Pacing, gate: Pick<SegmentGate, 'waitUntilMayLookUp'>, count: (readUnits: number) => void): ReadBudget {
  return pacedReads(reads, () => gate.waitUntilMayLookUp(), count);
}

/**
 * Look-ups that are paid from a bucket of tokens.
 *
 * @param assertMayGoOn called before each request, and during waits; rejects to end the look-ups
 */
export function pacedReads(
  reads: Pacing,
  assertMayGoOn: () => Promise<void> = async () => {},
  count: (readUnits: number) => void = () => {},
): ReadBudget {
  return {
    get maxUnits() {
      return reads.maxUnits;
    },
    pay: async (units) => {
      await assertMayGoOn();
      await reads.payUnits(units, assertMayGoOn);
    },
    consumed: (paid, units) => {
      reads.correct(paid, units);
      if (units > 0) count(units);
    },
    throttled: () => reads.throttled(),
  };
}
