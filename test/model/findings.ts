/** What a schedule showed: the first broken promise, and how often each limit was met. */
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
 * The limit of promise 1: a name that nobody declared was first added to the item in the very instant of our write. A delete took it
 * along, and
 *
 * - workerDied: the worker was killed before it put the item back
 * - applicationActed: the application wrote or deleted the item before it was put back
 * - answerLost: the answer that held the item never came
 * - leaseOver: the worker lost its permission to write before it put the item back
 * - replaced: the delete was part of a transaction, which never returns what it took
 *
 * or, notLookedFor, an update was decided by a function that looked for the name in vain.
 */
export type Limit = 'workerDied' | 'applicationActed' | 'answerLost' | 'leaseOver' | 'replaced' | 'notLookedFor';
