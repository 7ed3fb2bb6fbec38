import { describe, expect, it } from 'vitest';
import { mustAskExecution, reconcileRun } from '../../../cli/progress/reconcile-run.ts';
import { aLock, anExecution, aRun } from '../../support/run-records.ts';

describe('reconcileRun', () => {
  const endedAt = new Date('2026-01-02T10:05:00Z');

  it.each([
    ['aborted', { status: 'aborted', cause: 'by hand' }, { status: 'aborted', error: { name: 'Aborted' } }],
    ['timed out', { status: 'timedOut' }, { status: 'timedOut', error: { name: 'States.Timeout' } }],
    ['failed', { status: 'failed', error: 'States.Runtime' }, { status: 'failed', error: { name: 'States.Runtime' } }],
    ['succeeded', { status: 'succeeded' }, { status: 'succeeded' }],
  ] as const)('shows a run as %s whose execution ended so and whose record says running', (_, execution, expected) => {
    expect(reconcileRun(aRun(), anExecution({ ...execution, endedAt }))).toMatchObject({ ...expected, endedAt: endedAt.toISOString() });
  });

  it('shows a run as aborted whose execution is forgotten', () => {
    expect(reconcileRun(aRun(), undefined)).toMatchObject({ status: 'aborted', error: { name: 'Aborted' } });
  });

  it('shows a failed run as running while its redrive runs', () => {
    const failed = aRun({ status: 'failed', endedAt: endedAt.toISOString(), error: { name: 'ItemsFailed', message: 'One failed.' } });
    expect(reconcileRun(failed, anExecution({ redriven: true }))).toMatchObject({
      status: 'running',
      endedAt: undefined,
      error: undefined,
    });
  });

  it('leaves what the ledger knows better', () => {
    const failed = aRun({ status: 'failed', error: { name: 'ItemsFailed', message: 'One failed.' } });
    expect(reconcileRun(failed, anExecution({ status: 'failed', error: 'ItemsFailed' }))).toEqual(failed);
    expect(reconcileRun(failed, undefined)).toEqual(failed);
  });
});

describe('mustAskExecution', () => {
  it.each([
    ['running', aLock({ run: 'another' }), true],
    ['failed', aLock(), true],
    ['aborted', aLock(), true],
    ['failed', aLock({ endedAt: '2026-01-02T10:05:00.000Z' }), false],
    ['failed', aLock({ run: 'another' }), false],
    ['failed', undefined, false],
    ['succeeded', aLock(), false],
    ['superseded', aLock(), false],
  ] as const)('for a run that is %s, with lock %j: %s', (status, lock, expected) => {
    expect(mustAskExecution(aRun({ status }), lock)).toBe(expected);
  });
});
