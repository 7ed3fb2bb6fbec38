import { describe, expect, it } from 'vitest';
import type { Control } from '../../../../../core/ledger/control.ts';
import { type SharePort, ShareRebalancer, workersLeft } from '../../../../../core/segment/pacing/share-rebalancer.ts';
import { controlOf, withFields } from '../../../../support/control-record.ts';
import { FakeClock, settled } from '../../../../support/fake-clock.ts';

describe('the workers left in a Map', () => {
  const control = controlOf({ totalSegments: 10, budget: { workers: 4 } });

  it('stay as many while there are enough segments for them', () => {
    expect(workersLeft(control, 0)).toBe(4);
    expect(workersLeft(control, 6)).toBe(4);
  });

  it('are as many as segments are unfinished, but never none', () => {
    expect(workersLeft(control, 8)).toBe(2);
    expect(workersLeft(control, 10)).toBe(1);
  });
});

describe('sharing again', () => {
  /** A ledger with one control, and workers that look at it. */
  const start = (control: Control, finished: number) => {
    const clock = new FakeClock();
    const state = { control, looks: 0 };
    const port: SharePort = {
      claim: async (control, now, lookedBefore) => {
        if (state.control.decision.number !== control.decision.number || (state.control.budget.sharedAt ?? 0) >= lookedBefore) return false;
        state.control = withFields(state.control, { budget: { sharedAt: now } });
        return true;
      },
      finished: async () => {
        state.looks++;
        return finished;
      },
      share: async (control, workers) => {
        if (state.control.decision.number !== control.decision.number || state.control.budget.workers <= workers) return false;
        state.control = withFields(state.control, { budget: { workers } });
        return true;
      },
    };
    return { clock, state, port };
  };

  it('happens within seconds, by one of all who ask', async () => {
    const { clock, state, port } = start(controlOf({ totalSegments: 10, budget: { workers: 8 } }), 7);
    const workers = Array.from({ length: 3 }, () => new ShareRebalancer(clock, port));

    for (let second = 0; second < 12; second++) {
      await clock.advance(1000);
      for (const worker of workers) worker.rebalanceIfDue(state.control);
    }
    await settled();

    expect(state.control.budget.workers).toBe(3);
    expect(state.looks).toBeLessThanOrEqual(2);
  });

  it('looks no more often than the ledger should be asked, however many ask', async () => {
    const { clock, state, port } = start(controlOf({ totalSegments: 1000, budget: { workers: 100 } }), 0);
    const workers = Array.from({ length: 100 }, () => new ShareRebalancer(clock, port));

    for (let second = 0; second < 600; second++) {
      clock.chance = (second % 10) / 10;
      await clock.advance(1000);
      for (const worker of workers) worker.rebalanceIfDue(state.control);
    }

    expect(state.looks).toBeGreaterThan(40);
    expect(state.looks).toBeLessThanOrEqual(120);
    clock.chance = 0.5;
  });

  it('changes nothing where the Map is over meanwhile', async () => {
    const { clock, state, port } = start(controlOf({ totalSegments: 10, budget: { workers: 8 } }), 7);
    const worker = new ShareRebalancer(clock, port);
    const seen = state.control;
    state.control = withFields(state.control, { decision: { number: 2 } });

    worker.rebalanceIfDue(seen);
    await clock.advance(20_000);
    worker.rebalanceIfDue(seen);
    await worker.finished();

    expect(state.control.budget.workers).toBe(8);
  });

  it('does not fail a worker where the ledger does not answer', async () => {
    const { clock, state, port } = start(controlOf({ totalSegments: 10, budget: { workers: 8 } }), 7);
    const worker = new ShareRebalancer(clock, { ...port, finished: () => Promise.reject(new Error('no ledger')) });

    worker.rebalanceIfDue(state.control);
    await clock.advance(20_000);
    worker.rebalanceIfDue(state.control);
    expect(state.looks).toBe(0);

    await expect(worker.finished()).resolves.toBeUndefined();
  });
});
