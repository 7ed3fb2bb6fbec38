import type { StackEvent } from '../../aws/deploy/stack-event.ts';

/** A resource that failed by itself. */
export interface Failure {
  id: string;
  type: string;
  reason: string;
}

/**
 * Why a deploy failed: the resources that failed, in the order of time, so that the first is the cause. CloudFormation cancels what it does
 * at the same time, and reports that as failures, too: these are left out.
 */
export function failuresIn(events: readonly StackEvent[]): Failure[] {
  const failed = events.filter(({ status, isOfStack }) => !isOfStack && status.endsWith('_FAILED'));
  const own = failed.filter(({ reason = '' }) => !/cancelled/i.test(reason));
  const first = new Map<string, Failure>();
  for (const { id, type, reason = 'CloudFormation gave no reason' } of own.length > 0 ? own : failed)
    if (!first.has(id)) first.set(id, { id, type, reason: reason.replace(/\s+/g, ' ').trim() });
  return [...first.values()];
}

/** What to do about a reason, if it is a common one; empty otherwise. */
export function adviceFor(reason: string): string {
  const [, action] = /not authorized to perform:? `?([\w:-]+)/i.exec(reason) ?? [];
  if (action !== undefined) return `Whoever deploys, or the role of --role, needs the permission ${action}.`;
  if (/already exists/i.test(reason))
    return 'Something of this name exists outside of the stack. Delete or rename it, or deploy the service under another --name.';
  if (/ReservedConcurrentExecution|UnreservedConcurrentExecution/i.test(reason))
    return 'The account has not enough concurrency of Lambda: lower `reservedConcurrency`, or ask AWS for a higher quota.';
  if (/LimitExceeded|quota/i.test(reason)) return 'The account has reached a quota of AWS: ask for a higher one in Service Quotas.';
  return '';
}
