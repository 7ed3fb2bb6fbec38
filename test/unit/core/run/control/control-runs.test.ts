import { expect, it } from 'vitest';
import type { ControlMarks } from '../../../../../core/run/control/control-run.ts';
import { ControlAllRequest, controlRuns } from '../../../../../core/run/control/control-runs.ts';
import { controlOf } from '../../../../support/control-record.ts';

const everyTable = Array.from({ length: 25 }, (_, index) => `T${index}`);

/** Every table is held by a run, but T3, and the pause of T5 fails. */
function pauseAll(fails: boolean, by = 'alarm:prod', tables = everyTable) {
  const request = ControlAllRequest.parse({ allTables: true, action: 'pause', by });
  const paused: string[] = [];
  const notExpected = () => Promise.reject(new Error('not expected'));
  const marks: ControlMarks = {
    setPause: async (run) => {
      if (fails && run === 'run of T5') throw new Error('DynamoDB is away');
      return paused.push(run) > 0;
    },
    stop: notExpected,
    throttle: notExpected,
    keepToken: notExpected,
    removeToken: notExpected,
  };
  const done = controlRuns(request, tables, {
    ledger: {
      lock: async (table) => (table === 'T3' ? undefined : { table, run: `run of ${table}`, execution: 'arn:e1', fence: 1 }),
      control: async (run) => ({ ...controlOf(), run, table: run.slice('run of '.length) }),
    },
    marks,
    sendTaskSuccess: notExpected,
    describeRunning: async () => ({ redriveCount: 0 }),
    now: 'now',
  });
  return { done, paused };
}

it.each(['alarm:prod', 'ann'])('pauses the runs of all tables for %s, and tells which had one', async (by) => {
  const { done, paused } = pauseAll(false, by);
  const running = everyTable.filter((table) => table !== 'T3');
  expect(await done).toEqual(running);
  expect(paused.sort()).toEqual(running.map((table) => `run of ${table}`).sort());
});

it('pauses the others if one fails, and then fails, so that it is called again', async () => {
  const { done, paused } = pauseAll(true);
  await expect(done).rejects.toThrow('DynamoDB is away');
  expect(paused).toHaveLength(23);
});

it('tells a person, and no alarm, that no table has a run', async () => {
  await expect(pauseAll(false, 'ann', ['T3']).done).rejects.toThrow('No table has a run under way');
  expect(await pauseAll(false, 'alarm:prod', ['T3']).done).toEqual([]);
});
