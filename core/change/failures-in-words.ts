/** Sums up failures, such as `2 × TransformThrew at Users/v3.ts:12, 1 × TooWide`: most frequent cause first, no key and no value. */
export function failuresInWords(failures: readonly { name: string; place?: string | undefined }[]): string {
  const counts = new Map<string, number>();
  for (const { name, place } of failures) {
    const cause = place ? `${name} at ${place}` : name;
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = sorted.slice(0, 3).map(([cause, count]) => `${count} × ${cause}`);
  return sorted.length > 3 ? `${shown.join(', ')} and ${sorted.length - 3} other causes` : shown.join(', ');
}
