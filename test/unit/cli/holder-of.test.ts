import { expect, it } from 'vitest';
import { holderOf } from '../../../cli/plan/holder-of.ts';
import type { RunStatus } from '../../../core/ledger/run-status.ts';
import { aRun } from '../../support/run-records.ts';

const lock = { table: 'Users', run: 'r1', execution: 'arn', fence: 1 };

function ledgerWith(status: RunStatus | undefined, held: object = {}) {
  return {
    lock: async () => ({ ...lock, ...held }),
    run: async () => (status ? aRun({ status }) : undefined),
    control: async () => undefined,
  };
}

it.each<[string, ReturnType<typeof ledgerWith>, string | undefined]>([
  ['a run that is under way', ledgerWith('running'), 'r1'],
  ['a run of which nothing is recorded', ledgerWith(undefined), 'r1'],
  ['a run that failed, whose lock stays until the next start', ledgerWith('failed'), undefined],
  ['a run that released it', ledgerWith('succeeded', { endedAt: '2030-01-01T00:00:00.000Z' }), undefined],
])('tells if a table is held: %s', async (_, ledger, run) => {
  expect((await holderOf(ledger, 'Users'))?.run).toBe(run);
});
