import { describe, expect, it } from 'vitest';
import {
  mayChangeRun,
  type RunChange,
  type RunStatus,
  runChanges,
  runStatusAfter,
  runStatuses,
} from '../../../../core/ledger/run-status.ts';

/** Every edge there is; what is not here must not be. */
const edges: Record<RunChange, readonly string[]> = {
  begin: ['none → running'],
  resume: ['running → running', 'failed → running', 'stopped → running', 'aborted → running', 'timedOut → running'],
  goOn: ['running → running', 'failed → running', 'stopped → running', 'aborted → running', 'timedOut → running'],
  succeed: ['running → succeeded', 'failed → succeeded', 'stopped → succeeded', 'aborted → succeeded', 'timedOut → succeeded'],
  fail: ['running → failed', 'failed → failed', 'stopped → failed', 'aborted → failed', 'timedOut → failed'],
  stop: ['running → stopped', 'failed → stopped', 'stopped → stopped', 'aborted → stopped', 'timedOut → stopped'],
  failOutside: ['running → failed'],
  abort: ['running → aborted'],
  timeOut: ['running → timedOut'],
  supersede: ['running → superseded', 'failed → superseded', 'stopped → superseded', 'aborted → superseded', 'timedOut → superseded'],
};
const all: readonly (RunStatus | undefined)[] = [undefined, ...runStatuses];
const changes = Object.keys(runChanges) as RunChange[];

it.each(changes)('%s changes a run in the statuses that allow it, and is a TypeError in all others', (change) => {
  const found = all
    .filter((status) => mayChangeRun(change, status))
    .map((status) => `${status ?? 'none'} → ${runStatusAfter(change, status)}`);
  expect(found.sort()).toEqual([...edges[change]].sort());
  for (const status of all.filter((status) => !mayChangeRun(change, status)))
    expect(() => runStatusAfter(change, status)).toThrow(TypeError);
});

describe('pairs of statuses', () => {
  const allowed = new Set(Object.values(edges).flat());
  const pairs = all.flatMap((before) => runStatuses.map((after) => ({ before, after })));

  it.each(pairs)('$before → $after is a change if the table has such an edge, and only then', ({ before, after }) => {
    const isChange = changes.some((change) => mayChangeRun(change, before) && runStatusAfter(change, before) === after);
    expect(isChange).toBe(allowed.has(`${before ?? 'none'} → ${after}`));
  });

  it.each(['succeeded', 'superseded'] as const)('%s is final', (status) => {
    expect(changes.filter((change) => mayChangeRun(change, status))).toEqual([]);
  });
});
