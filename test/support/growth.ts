const rounds = 7;
/** If the quotient still looks quadratic: on a loaded machine, all of a few rounds can be interrupted. */
const maxRounds = 70;
const minMs = 2;

/**
 * How many times longer work takes on an input of 16 times the size: about 16 if its time is linear, about 256 if it is quadratic. It is the
 * quotient of two times that are measured in turn, so it does not depend on the speed of the machine.
 *
 * @param workOn prepares an input of a size, and returns the work on it
 */
export function growth(workOn: (size: number) => () => void, size: number): number {
  const small = workOn(size);
  const large = workOn(16 * size);
  let times = 1;
  while (elapsed(small, times) < minMs) times *= 2;
  let [best, bestOfLarge] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds || (bestOfLarge / best >= lessThanQuadratic && round < maxRounds); round++) {
    best = Math.min(best, elapsed(small, times));
    bestOfLarge = Math.min(bestOfLarge, elapsed(large, times));
  }
  return bestOfLarge / best;
}

/** Less than quadratic, with room for noise: linear work gives 16, quadratic 256. */
export const lessThanQuadratic = 64;

/** Milliseconds. */
function elapsed(work: () => void, times: number): number {
  const start = performance.now();
  for (let time = 0; time < times; time++) work();
  return performance.now() - start;
}
