/** Neighbours from this number on are written as a range. */
const minRange = 4;

/** Versions in words, in their order: `v1, v2`, `v1–v60, v62`, downwards `v60–v1`; empty for none. */
export function versionList(sequences: readonly number[]): string {
  const ranges: { first: number; last: number; step: number; length: number }[] = [];
  for (const sequence of sequences) {
    const range = ranges.at(-1);
    const step = range ? sequence - range.last : 0;
    if (range && Math.abs(step) === 1 && (range.length === 1 || range.step === step))
      Object.assign(range, { last: sequence, step, length: range.length + 1 });
    else ranges.push({ first: sequence, last: sequence, step: 0, length: 1 });
  }
  return ranges
    .map(({ first, last, step, length }) => {
      if (length >= minRange) return `v${first}–v${last}`;
      return Array.from({ length }, (_, index) => `v${first + index * step}`).join(', ');
    })
    .join(', ');
}
