import type { BudgetLimit } from './budget.ts';

/** What a person, an alarm, a limit or another start did to a run. The control keeps the newest of them. */
export interface ControlEvent {
  kind: 'paused' | 'resumed' | 'stopped' | 'throttled';
  /** ISO 8601 */
  at: string;
  /** A user, `alarm:HighLatency`, `pauseAfter 100`. */
  by: string;
  /** With `throttled`: the limits that were set, in units a second, and those before them. */
  budget?: { [Name in LimitName]?: { from: BudgetLimit; to: BudgetLimit } | undefined } | undefined;
}

/** By whom a budget was changed that a later start brought. */
export const nextStart = 'the next start';

const limits = ['writeUnits', 'readUnits'] as const;
type LimitName = (typeof limits)[number];
type Limits = { [Name in LimitName]?: number | undefined };

/** Each worker reads them with its control every few seconds: about 100 bytes each, so that they cost at most one read unit more. */
const maxEvents = 24;

/** The events with one more; the oldest are dropped if there are too many. */
export function withEvent(events: readonly ControlEvent[] | undefined, event: ControlEvent): ControlEvent[] {
  return [...(events ?? []), event].slice(-maxEvents);
}

/** The change of a budget as an event; undefined if it changes nothing. A limit that is undefined is none. */
export function budgetEvent(from: Limits, to: Limits, { by, since }: { by: string; since: string }): ControlEvent | undefined {
  const changes = limits.flatMap((name) =>
    from[name] === to[name] ? [] : [[name, { from: from[name] ?? 'unlimited', to: to[name] ?? 'unlimited' }] as const],
  );
  if (changes.length === 0) return undefined;
  return { kind: 'throttled', at: since, by, budget: Object.fromEntries(changes) };
}
