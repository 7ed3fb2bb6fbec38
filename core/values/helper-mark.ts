/**
 * By which results of `insert` and `remove` are known. Not a private symbol, and no class, since each bundled file has its own copy of this
 * module.
 */
export const helperMark = Symbol.for('dynamodt.otherItem');

/** True for a result of `insert` or `remove`, which is no value of an attribute. */
export function isHelperResult(value: object): boolean {
  return helperMark in value;
}
