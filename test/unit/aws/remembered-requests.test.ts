import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AskedRecords, LedgerRequests } from '../../../aws/ledger/reading/ledger-requests.ts';
import { RememberedRequests } from '../../../aws/ledger/reading/remembered-requests.ts';
import { askEachTime } from '../../../aws/remembered.ts';

const ages = { standing: 900, saves: 1900, decided: 5000, settled: 60_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A ledger that counts how often it was asked for each thing. */
function counted() {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const requests: LedgerRequests = {
    get: async ({ sk }) => {
      count(sk);
      return { sk: { S: sk } };
    },
    query: async ({ pk, prefix, areFinal }) => {
      count(`${pk} ${prefix}${areFinal ? ' final' : ''}`);
      return [];
    },
  };
  return { counts, requests };
}

const control = { pk: 'run#r1#control', sk: 'control' };
const hold = { pk: 'holds#Users', sk: 'hold' };
const checkpoints: AskedRecords = { pk: 'checkpoints#r1#0', prefix: 'pass#0001#' };

describe('a ledger that is looked at once a second', () => {
  it('is asked each second how a run stands, each second time for its checkpoints, and each fifth for what operators decide', async () => {
    const { counts, requests } = counted();
    const remembered = new RememberedRequests(requests, ages);
    for (let second = 0; second < 10; second++) {
      // The status and the picture of a run ask for the same.
      for (let reader = 0; reader < 2; reader++)
        await Promise.all([remembered.get(control), remembered.get(hold), remembered.query(checkpoints)]);
      vi.advanceTimersByTime(1000);
    }
    expect(Object.fromEntries(counts)).toEqual({ control: 10, hold: 2, 'checkpoints#r1#0 pass#0001#': 5 });
  });

  it('is asked once for checkpoints of a pass that is settled, and once more when it became so', async () => {
    const { counts, requests } = counted();
    const remembered = new RememberedRequests(requests, ages);
    await remembered.query(checkpoints);
    for (let second = 0; second < 10; second++) {
      await remembered.query({ ...checkpoints, areFinal: true });
      vi.advanceTimersByTime(1000);
    }
    expect(Object.fromEntries(counts)).toEqual({ 'checkpoints#r1#0 pass#0001#': 1, 'checkpoints#r1#0 pass#0001# final': 1 });
  });

  it('is asked anew after something was done, and after a request that failed', async () => {
    const { counts, requests } = counted();
    const remembered = new RememberedRequests(requests, ages);
    await remembered.get(hold);
    remembered.forget();
    await remembered.get(hold);
    expect(counts.get('hold')).toBe(2);

    const failing = new RememberedRequests(
      { ...requests, get: () => (counts.get('hold') === 2 ? Promise.reject(new Error('no')) : requests.get(hold)) },
      ages,
    );
    await expect(failing.get(hold)).rejects.toThrow('no');
    counts.set('hold', 0);
    await expect(failing.get(hold)).resolves.toBeDefined();
  });

  it('is asked each time by whoever decides', async () => {
    const { counts, requests } = counted();
    const remembered = new RememberedRequests(requests, askEachTime);
    for (let time = 0; time < 3; time++) await remembered.get(control);
    expect(counts.get('control')).toBe(3);
  });
});
