import { describe, expect, it } from 'vitest';
import { budgetEvent, type ControlEvent, withEvent } from '../../../../core/ledger/control-event.ts';

const ann = { by: 'user:ann', since: '2030-01-01T00:00:00.000Z' };

describe('the events of a run', () => {
  it('are the newest that were added, the earliest first', () => {
    let events: ControlEvent[] | undefined;
    for (let second = 0; second < 60; second++) events = withEvent(events, { kind: 'paused', by: ann.by, at: `${second}` });
    expect(events?.map(({ at }) => at)).toEqual(Array.from({ length: 24 }, (_, index) => String(36 + index)));
  });

  it('say what a budget was and is', () => {
    expect(budgetEvent({ writeUnits: 500, readUnits: 100 }, { writeUnits: 200 }, ann)).toEqual({
      kind: 'throttled',
      at: ann.since,
      by: 'user:ann',
      budget: { writeUnits: { from: 500, to: 200 }, readUnits: { from: 100, to: 'unlimited' } },
    });
  });

  it('do not have a budget that stays as it was', () => {
    expect(budgetEvent({ writeUnits: 500 }, { writeUnits: 500, readUnits: undefined }, ann)).toBeUndefined();
  });
});
