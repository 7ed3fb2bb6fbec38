/**
 * `25,000`, `1,234.5`: with up to three decimal places, as `toLocaleString('en')` gives it, which loads the tables of `Intl` when a process first calls it:
 * 20 ms of a function's cold start.
 */
export function grouped(number: number): string {
  const [whole = '', decimals] = String(Number(number.toFixed(3))).split('.');
  const withCommas = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === undefined ? withCommas : `${withCommas}.${decimals}`;
}
