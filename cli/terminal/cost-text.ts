const minShown = 0.005;

/** An amount of money with cents; an amount above 0 and below half a cent is "less than 0.01". */
export function money(amount: number): string {
  return amount === 0 ? '0' : amount < minShown ? 'less than 0.01' : `about ${amount.toFixed(2)}`;
}

/** A sum with its parts, unless it is less than a cent. */
export function inParts(sum: number, parts: Readonly<Record<string, number | null>>): string {
  if (sum < minShown) return money(sum);
  return `${money(sum)} (${Object.entries(parts)
    .map(([name, part]) => `${name} ${money(part ?? 0)}`)
    .join(', ')})`;
}
