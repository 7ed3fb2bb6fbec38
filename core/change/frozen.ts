/** The same value, deeply frozen: what the function changed for one item, the next would see. */
export function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const element of Object.values(value)) frozen(element);
    Object.freeze(value);
  }
  return value;
}
