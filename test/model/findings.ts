/** The result of a schedule: the first broken promise, and how often each known limit occurred. */
export class Findings {
  violation: string | undefined;
  readonly limits = new Map<Limit, number>();

  violate(text: string): void {
    this.violation ??= text;
  }

  meet(limit: Limit): void {
    this.limits.set(limit, (this.limits.get(limit) ?? 0) + 1);
  }
}

/**
 * The limit of promise 1: an undeclared attribute was first added to the item at the instant of our write. A delete removed it
 * with the item, and
 *
 * - workerDied: the worker was killed before it put the item back
 * - applicationActed: the application wrote or deleted the item before it was put back
 * - answerLost: the answer that held the item never came
 * - leaseOver: the worker's lease ended before it put the item back
 * - replaced: the delete was part of a transaction, which never returns the deleted item
 *
 * or, notLookedFor, an update was decided by a function that did not find the attribute.
 */
export type Limit = 'workerDied' | 'applicationActed' | 'answerLost' | 'leaseOver' | 'replaced' | 'notLookedFor';
