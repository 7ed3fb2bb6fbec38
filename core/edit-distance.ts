/** Levenshtein's distance: how many characters must be inserted, removed or replaced to make one text of the other. */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++)
      next.push(Math.min(Number(row[j]) + 1, Number(next[j - 1]) + 1, Number(row[j - 1]) + (one[i - 1] === other[j - 1] ? 0 : 1)));
    row = next;
  }
  return Number(row[other.length]);
}
