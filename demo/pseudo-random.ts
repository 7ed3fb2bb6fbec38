/** Draws numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * The generator mulberry32 (https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32): the same seed draws the same numbers on
 * every machine.
 */
export function pseudoRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
