import { describe, expect, it } from 'vitest';
import type { Control } from '../../../../../core/ledger/control.ts';
import { type ControlMarks, ControlRequest, controlRun } from '../../../../../core/run/control/control-run.ts';
import { controlOf } from '../../../../support/control-record.ts';

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

const since = '2030-01-01T00:00:00.000Z';
const now = '2030-01-02T00:00:00.000Z';
const byLimit = { by: 'pauseAfter 100', since };
const byAnn = { by: 'user:ann', since };

/** Resumes the run of Users, whose control has these marks. */
async function resume(marks: Partial<Control['marks']>, asked: Partial<ControlRequest> = {}) {
  const { set, done } = await resumed(marks, asked);
  expect(done).toEqual({ table: 'Users', run: 'r1', action: 'resume' });
  return set;
}

async function resumed(marks: Partial<Control['marks']>, asked: Partial<ControlRequest> = {}) {
  const control = controlOf({ marks });
  const set: unknown[] = [];
  const notExpected = () => Promise.reject(new Error('not expected'));
  const done = await controlRun(
    { table: 'Users', action: 'resume', by: 'user:ann', ...asked },
    {
      ledger: { lock: async () => ({ table: 'Users', run: 'r1', execution: 'arn:e1', fence: 1 }), control: async () => control },
      marks: {
        setPause: async (_run, _read, pause, _by, limited) => set.push({ pause, ...limited }) > 0,
        stop: notExpected,
        throttle: notExpected,
        keepToken: notExpected,
        removeToken: async () => {},
      },
      sendTaskSuccess: async () => {},
      describeRunning: async () => ({ redriveCount: 0 }),
      now,
    },
  );
  return { set, done };
}

describe('the limit of money of a run that is resumed', () => {
  const prices = { millionWriteUnits: 1, millionReadUnits: 1, lambdaGigabyteSecond: 1, thousandTransitions: 1 };
  const maxCost = { amount: 50, currency: 'EUR', since, prices };
  const byCost = { by: 'maxCost 50 EUR', since };

  it('is lifted if the run paused itself at it, and the limit of changes stays', async () => {
    const pauseAfter = { items: 100, since };
    expect(await resume({ paused: byCost, maxCost, pauseAfter })).toEqual([{ pause: undefined, maxCost: undefined }]);
    expect(await resume({ paused: byLimit, maxCost, pauseAfter })).toEqual([{ pause: undefined, pauseAfter: undefined }]);
  });

  it('is the next one that is asked for, by the same prices, and counts from then', async () => {
    expect(await resume({ paused: byCost, maxCost }, { maxCost: 20 })).toEqual([
      { pause: undefined, maxCost: { amount: 20, currency: 'EUR', prices, since: now } },
    ]);
  });

  it('is not set on a run that began without one, and knows no prices', async () => {
    await expect(resume({ paused: byLimit }, { maxCost: 20 })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('does not know the prices'),
    });
  });

  it.each([0, -1, '50', null])('is an amount above 0, and not %j', (amount) => {
    expect(ControlRequest.safeParse({ table: 'Users', action: 'resume', by: 'user:ann', maxCost: amount }).success).toBe(false);
  });
});

describe('the hours of a run that is resumed', () => {
  const onlyBetween = { hours: '12:00-13:00 UTC' };

  it('are lifted until they begin again, if the run waits for them', async () => {
    const paused = { by: 'onlyBetween 12:00-13:00 UTC', since };
    expect(await resume({ paused, onlyBetween })).toEqual([
      { pause: undefined, onlyBetween: { ...onlyBetween, liftedUntil: Date.parse('2030-01-02T12:00:00.000Z') } },
    ]);
  });

  it('stay if somebody else paused the run', async () => {
    expect(await resume({ paused: byAnn, onlyBetween })).toEqual([{ pause: undefined }]);
  });
});

describe('the limit of changes of a run that is resumed', () => {
  const pauseAfter = { items: 100, since };

  it('is lifted if the run paused itself at it', async () => {
    expect(await resume({ paused: byLimit, pauseAfter })).toEqual([{ pause: undefined, pauseAfter: undefined }]);
    expect(await resume({ paused: { ...byAnn, holders: [byAnn, byLimit] }, pauseAfter })).toEqual([
      { pause: undefined, pauseAfter: undefined },
    ]);
  });

  it('is the next one that is asked for, and counts from then', async () => {
    const next = { pause: undefined, pauseAfter: { items: 10_000, since: now } };
    expect(await resume({ paused: byLimit, pauseAfter }, { pauseAfter: 10_000 })).toEqual([next]);
    expect(await resume({ paused: byAnn, taskToken: 'token' }, { pauseAfter: 10_000 })).toEqual([next]);
  });

  it('stays if somebody else paused the run', async () => {
    expect(await resume({ paused: byAnn, pauseAfter })).toEqual([{ pause: undefined }]);
  });

  it('stays if an alarm lets go', async () => {
    const alarm = { by: 'alarm:Errors', since };
    const paused = { ...byLimit, holders: [byLimit, alarm] };
    expect(await resume({ paused, pauseAfter }, { by: 'alarm:Errors' })).toEqual([{ pause: { ...byLimit, holders: [byLimit] } }]);
  });

  it('is not set while workers of a pause are still leaving', async () => {
    await expect(resume({ paused: byAnn }, { pauseAfter: 10_000 })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('its workers are still leaving'),
    });
  });

  it('is not set on a run that is not paused', async () => {
    await expect(resume({ pauseAfter }, { pauseAfter: 10_000 })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('The run of Users is not paused'),
    });
  });

  it('is not touched by a resume of a run that is not paused, which says so', async () => {
    const { set, done } = await resumed({ pauseAfter });

    expect(set).toEqual([]);
    expect(done).toEqual({ table: 'Users', run: 'r1', action: 'resume', wasPaused: false });
  });

  it('may be set once more by whoever was interrupted before the execution was woken', async () => {
    expect(await resume({ pauseAfter, taskToken: 'token' }, { pauseAfter: 100 })).toEqual([]);
  });

  it.each(['pause', 'stop', 'throttle'] as const)('is refused with the action %s', async (action) => {
    await expect(resume({}, { action, pauseAfter: 5 })).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it('is refused from an alarm', async () => {
    await expect(resume({ paused: byAnn }, { by: 'alarm:Errors', pauseAfter: 5 })).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it.each([0, -1, 1.5, '100', null])('is a whole number of items, and not %j', (pauseAfter) => {
    expect(ControlRequest.safeParse({ table: 'Users', action: 'resume', by: 'user:ann', pauseAfter }).success).toBe(false);
  });
});
