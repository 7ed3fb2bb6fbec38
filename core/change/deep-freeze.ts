/** The same value, deeply frozen: what the function changed for one item, the next would see. */
export function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const element of Object.values(value)) deepFreeze(element);
    Object.freeze(value);
  }
  return value;
}
