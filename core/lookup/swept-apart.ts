/**
 * Versions that are swept together cannot decide on an item as they would one after the other. It is no failure of the item: the run goes on with
 * one version after the other.
 */
export class SweptApart extends Error {
  override readonly name = 'SweptApart';
}
