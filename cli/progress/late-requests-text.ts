import type { Control } from '../../core/ledger/control.ts';
import { moment } from '../terminal/in-words.ts';

/** What a run waits for before it writes, and until when (ISO 8601). */
export interface QuietWait {
  for: 'lateRequests' | 'index';
  until: string;
}

/** Undefined if the run does not wait. A late write is the reason that matters, if there are two. */
export function quietWaitOf({ decision, lease, scope }: Pick<Control, 'decision' | 'lease' | 'scope'>): QuietWait | undefined {
  if (decision.kind !== 'quiet' || lease.quietUntil === undefined) return undefined;
  const isForIndex = scope?.lagMs !== undefined && lease.lateUntil === undefined;
  return { for: isForIndex ? 'index' : 'lateRequests', until: new Date(lease.quietUntil).toISOString() };
}

export function quietWaitInWords({ for: what, until }: QuietWait): string {
  const why =
    what === 'index'
      ? 'then the index shows what was written before'
      : 'a write that was sent before got no answer, and can arrive until then';
  return `waits until ${moment(until)} (UTC): ${why}`;
}
