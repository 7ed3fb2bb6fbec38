import { expect, it } from 'vitest';
import { followWaitSeconds } from '../../../../core/run/follow-wait.ts';
import { settleTables } from '../../../../core/run/settle-tables.ts';

const failedRun = {
  Error: 'States.TaskFailed',
  Cause: JSON.stringify({
    Status: 'FAILED',
    Error: 'ItemsFailed',
    Cause: JSON.stringify({ errorType: 'ItemsFailed', errorMessage: '3 items failed.' }),
  }),
};
const outcomes = [{ table: 'Users' }, { table: 'Orders', failure: failedRun }, { table: 'Cities', failure: { Error: 'States.Timeout' } }];

it('succeeds, and names the tables, when all were taken up', () => {
  expect(settleTables([{ table: 'Users' }, { table: 'Orders' }], 0, 0)).toEqual({
    decision: 'succeed',
    tables: [{ table: 'Users' }, { table: 'Orders' }],
    redriveCount: 0,
  });
});

it('fails with each table and what became of it when some were not taken up', () => {
  expect(() => settleTables(outcomes, 0, 0)).toThrow(
    expect.objectContaining({
      name: 'TablesFailed',
      message: expect.stringMatching(
        /^2 of 3 tables .* Orders \(ItemsFailed: 3 items failed\.\); Cities \(States\.Timeout\)\. Done: Users\./,
      ),
    }),
  );
});

it('tries the failed tables again in a redrive, and fails again when that does not help', () => {
  expect(settleTables(outcomes, 0, 1)).toEqual({
    decision: 'transform',
    tables: [{ table: 'Orders' }, { table: 'Cities' }],
    redriveCount: 1,
  });
  expect(() => settleTables(outcomes.slice(1), 1, 1)).toThrow(expect.objectContaining({ name: 'TablesFailed' }));
});

it('follows five runs for seven days within the 25,000 events of an execution', () => {
  let [elapsed, looks] = [0, 0];
  for (; elapsed < 7 * 24 * 3600; looks++) elapsed += followWaitSeconds(elapsed);
  expect(5 * 9 * looks).toBeLessThan(24_000);
});
