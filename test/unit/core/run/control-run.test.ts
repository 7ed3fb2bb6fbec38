import { describe, expect, it } from 'vitest';
import { type ControlMarks, controlRun } from '../../../../core/run/control-run.ts';
import { controlOf } from '../../../support/control-record.ts';

/** Users is held by the run r1, whose control names a table. */
function stopUsers(table: string) {
  const stopped: string[] = [];
  const notExpected = () => Promise.reject(new Error('not expected'));
  const marks: ControlMarks = {
    setPause: notExpected,
    stop: async (run) => stopped.push(run) > 0,
    throttle: notExpected,
    keepToken: notExpected,
    removeToken: notExpected,
  };
  const request = { table: 'Users', action: 'stop', by: 'user:ann' } as const;
  const done = controlRun(request, {
    ledger: {
      lock: async () => ({ table: 'Users', run: 'r1', execution: 'arn:e1', fence: 1 }),
      control: async () => ({ ...controlOf(), table }),
    },
    marks,
    sendTaskSuccess: notExpected,
    describeRunning: async () => ({ redriveCount: 0 }),
    now: 'now',
  });
  return { done, stopped };
}

describe('a mark of an operator', () => {
  it('is left on the run that holds the table', async () => {
    const { done, stopped } = stopUsers('Users');
    expect(await done).toEqual({ table: 'Users', run: 'r1', action: 'stop' });
    expect(stopped).toEqual(['r1']);
  });

  it("is not left on another table's run that the lock names", async () => {
    const { done, stopped } = stopUsers('Salaries');
    await expect(done).rejects.toMatchObject({ name: 'InvalidInput' });
    expect(stopped).toEqual([]);
  });
});
