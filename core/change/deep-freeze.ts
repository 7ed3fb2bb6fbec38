/** Freezes a value and all that it holds, and returns it: a change that a function makes for one item must not be seen for the next. */
export function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const element of Object.values(value)) deepFreeze(element);
    Object.freeze(value);
  }
  return value;
}
