import { describe, expect, it } from 'vitest';
import { Pacing } from '../../../../../core/segment/pacing/pacing.ts';
import { RequestsInFlight } from '../../../../../core/segment/pacing/requests-in-flight.ts';
import { Halted } from '../../../../../core/segment/segment-gate.ts';
import type { TablePort, Write, WriteResult } from '../../../../../core/segment/table-port.ts';
import { WriteBatches } from '../../../../../core/segment/writes/write-batches.ts';
import { FakeClock, settled } from '../../../../support/fake-clock.ts';

function write(n: number, units = 1, inserts = 0): Write {
  return {
    key: { id: { S: `u${n}` } },
    change: {
      item: { kind: 'update', set: {}, remove: [] },
      inserts: Array.from({ length: inserts }, (_, i) => ({ id: { S: `u${n}-${i}` } })),
    },
    condition: { equals: { names: [], values: [] }, missing: [] },
    units,
  };
}

/** Batches over a table that keeps every request open until it is answered. */
function start({ maxInFlight = 10, budget = Number.POSITIVE_INFINITY, isBlind = false } = {}) {
  const clock = new FakeClock();
  const requests: { keys: string[]; answer: (results: WriteResult[]) => void; fail: (error: Error) => void; mayWrite: () => boolean }[] =
    [];
  const request = (writes: readonly Write[], mayWrite: () => boolean) =>
    new Promise<WriteResult[]>((answer, fail) => {
      requests.push({ keys: writes.map(({ key }) => String(key['id'] && 'S' in key['id'] && key['id'].S)), answer, fail, mayWrite });
    });
  const table: TablePort = {
    readPage: () => Promise.reject(new Error('not expected')),
    readItem: () => Promise.reject(new Error('not expected')),
    readItems: () => Promise.reject(new Error('not expected')),
    writeTogether: () => Promise.reject(new Error('not expected')),
    putBack: () => Promise.reject(new Error('not expected')),
    writeBatch: request,
    writeTransaction: async (single, mayWrite) => (await request([single], mayWrite))[0] ?? { kind: 'throttled' },
  };
  const gate = { halted: false, passed: 0, open: true };
  const pacing = new Pacing(clock, budget, isBlind);
  const check = (): void => {
    if (gate.halted) throw new Halted('stopped');
  };
  const batches = new WriteBatches(
    table,
    pacing,
    {
      waitUntilMayWrite: async () => {
        gate.passed++;
        check();
      },
      mayWriteNow: () => gate.open,
    },
    new RequestsInFlight(clock, maxInFlight, maxInFlight),
  );
  const sizes = () => requests.map(({ keys }) => keys.length);
  return { batches, requests, sizes, clock, gate, pacing };
}

function written(count: number): WriteResult[] {
  return Array.from({ length: count }, () => ({ kind: 'written' }));
}

function numbers(count: number) {
  return Array.from({ length: count }, (_, n) => n);
}

describe('gathering writes', () => {
  it('is full where a hundred wait for a request, and tells when it no longer is', async () => {
    const { batches, requests } = start({ maxInFlight: 1 });
    let room = false;
    void batches.deciding(() => new Promise(() => {}));
    for (const n of numbers(124)) void batches.send(write(n));
    expect(batches.isFull).toBe(false);
    void batches.send(write(124));

    const waiting = batches.room().then(() => {
      room = true;
    });
    await settled();
    expect([batches.isFull, room]).toEqual([true, false]);
    requests[0]?.answer(written(25));
    await waiting;

    expect(batches.isFull).toBe(false);
  });

  it('sends 25 in one request, as soon as they are there', async () => {
    const { batches, requests, sizes } = start();
    void batches.deciding(() => new Promise(() => {}));

    for (const n of numbers(24)) void batches.send(write(n));
    await settled();
    expect(sizes()).toEqual([]);
    void batches.send(write(24));
    await settled();

    expect(requests.map(({ keys }) => keys)).toEqual([numbers(25).map((n) => `u${n}`)]);
  });

  it('sends what there is when nobody decides any more, and not before', async () => {
    const { batches, sizes } = start();
    let decided = (): void => {};
    void batches.deciding(async () => void batches.send(write(1)));
    void batches.deciding(() => new Promise<void>((resolve) => (decided = resolve)));

    await settled();
    expect(sizes()).toEqual([]);
    decided();
    await settled();
    expect(sizes()).toEqual([1]);
  });

  it('sends what there is when the last decision fails', async () => {
    const { batches, sizes } = start();
    void batches.deciding(async () => void batches.send(write(1)));
    const failing = batches.deciding(() => Promise.reject(new Error('x')));

    await expect(failing).rejects.toThrow('x');
    await settled();
    expect(sizes()).toEqual([1]);
  });

  it('sends 60 in three requests', async () => {
    const { batches, sizes } = start();

    await batches.deciding(async () => {
      for (const n of numbers(60)) void batches.send(write(n));
    });
    await settled();

    expect(sizes()).toEqual([25, 25, 10]);
  });

  it('has no more requests in flight than it may, and sends the next when one is answered', async () => {
    const { batches, requests, sizes } = start({ maxInFlight: 2 });
    await batches.deciding(async () => {
      for (const n of numbers(60)) void batches.send(write(n));
    });
    await settled();
    const inFlight = sizes().length;

    requests[0]?.answer(written(25));
    await settled();

    expect(inFlight).toBe(2);
    expect(requests.flatMap(({ keys }) => keys).toSorted()).toEqual([...new Set(requests.flatMap(({ keys }) => keys))].toSorted());
    expect(sizes()).toHaveLength(3);
  });

  it('sends a change with inserts alone, as a transaction, and the others around it in their own requests', async () => {
    const { batches, requests } = start();

    await batches.deciding(async () => {
      for (const single of [write(1), write(2), write(3, 1, 2), write(4, 1, 1), write(5)]) void batches.send(single);
    });
    await settled();

    expect(requests.map(({ keys }) => keys)).toEqual([['u1', 'u2'], ['u3'], ['u4'], ['u5']]);
  });

  it('keeps a request of large items small', async () => {
    const { batches, sizes } = start();

    await batches.deciding(async () => {
      for (const n of numbers(10)) void batches.send(write(n, 400));
    });
    await settled();

    expect(Math.max(...sizes())).toBeLessThanOrEqual(5);
    expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(10);
  });

  it('sends a single item that is larger than a request should be', async () => {
    const { batches, sizes } = start();

    await batches.deciding(async () => void batches.send(write(1, 4000)));
    await settled();

    expect(sizes()).toEqual([1]);
  });
});

describe('answering writes', () => {
  it('gives each its own answer, in whatever order requests are answered', async () => {
    const { batches, requests } = start();
    const answers = await batches.deciding(async () => numbers(30).map((n) => batches.send(write(n))));
    await settled();

    requests[1]?.answer(requests[1].keys.map((code) => ({ kind: 'refused', code })));
    requests[0]?.answer(requests[0].keys.map((code) => ({ kind: 'refused', code })));

    expect(await Promise.all(answers)).toEqual(numbers(30).map((n) => ({ kind: 'refused', code: `u${n}` })));
  });

  it('takes a missing answer for one that may succeed later', async () => {
    const { batches, requests } = start();
    const answers = await batches.deciding(async () => [batches.send(write(1)), batches.send(write(2))]);
    await settled();

    requests[0]?.answer(written(1));

    expect(await Promise.all(answers)).toEqual([{ kind: 'written' }, { kind: 'throttled' }]);
  });

  it('fails all writes of a request that fails, and goes on with others', async () => {
    const { batches, requests } = start({ maxInFlight: 1 });
    const answers = await batches.deciding(async () =>
      numbers(26).map((n) => batches.send(write(n)).catch(({ message }: Error) => message)),
    );
    await settled();

    requests[0]?.fail(new Error('AccessDenied'));
    await settled();
    requests[1]?.answer(written(1));

    expect(await Promise.all(answers)).toEqual([...numbers(25).map(() => 'AccessDenied'), { kind: 'written' }]);
  });
});

describe('the gate before a request', () => {
  it('is passed before each, and nothing is sent once it halts', async () => {
    const { batches, sizes, gate } = start();
    gate.halted = true;
    const answer = batches.send(write(1));
    void batches.deciding(async () => {});

    await expect(answer).rejects.toThrow(Halted);
    expect(sizes()).toEqual([]);
  });

  it('is asked again by whoever hands over the bytes', async () => {
    const { batches, requests, gate } = start();
    void batches.send(write(1));
    void batches.deciding(async () => {});
    await settled();

    expect(requests[0]?.mayWrite()).toBe(true);
    gate.open = false;
    expect(requests[0]?.mayWrite()).toBe(false);
  });

  it('halts those who wait for a small budget within about a second, not after the wait', async () => {
    const { batches, sizes, clock, gate, pacing } = start({ budget: 0.1 });
    pacing.charge(400);
    const waiting = numbers(3).map((n) => {
      const answer = batches.send(write(n + 2)).catch((error: Error) => error.name);
      void batches.deciding(async () => {});
      return answer;
    });

    await clock.advance(5000);
    gate.halted = true;
    const answers = await clock.until(Promise.all(waiting));

    expect(answers).toEqual(['Halted', 'Halted', 'Halted']);
    expect(sizes()).toEqual([]);
    expect(clock.now).toBeLessThanOrEqual(7000);
  });
});

describe('paying for writes', () => {
  /** Sends, answers, and tells how long it takes until one unit more can be paid at 100 units a second. */
  const waitAfter = async (units: number[], results: WriteResult[]): Promise<number> => {
    const { batches, requests, clock, pacing } = start({ budget: 100 });
    void batches.deciding(async () => {
      for (const [n, unit] of units.entries()) void batches.send(write(n, unit));
    });
    while (requests.length === 0) await clock.advance(10);
    requests[0]?.answer(results);
    await settled();
    await clock.until(pacing.pay(1 / pacing.unitsPerEstimate));
    return clock.now;
  };

  it('charges the estimate where DynamoDB does not say, and what it says otherwise', async () => {
    expect(await waitAfter([10, 20], written(2))).toBe(310);
    expect(await waitAfter([10], [{ kind: 'written', units: 50 }])).toBe(510);
    expect(await waitAfter([50], [{ kind: 'written', units: 10 }])).toBe(500);
  });

  it('charges a failed condition as a write', async () => {
    expect(await waitAfter([10, 20], [{ kind: 'conditionFailed' }, { kind: 'written' }])).toBe(310);
    expect(await waitAfter([10, 20], [{ kind: 'conditionFailed', units: 40 }, { kind: 'written' }])).toBe(610);
  });

  it('gives back what was throttled, and slows down', async () => {
    const { batches, requests, pacing, clock } = start({ budget: 100 });
    void batches.deciding(async () => void batches.send(write(1, 10)));
    await clock.advance(100);

    requests[0]?.answer([{ kind: 'throttled' }]);
    await settled();

    expect(pacing.rate).toBe(25);
    await clock.until(pacing.pay(10));
    expect(clock.now).toBe(100);
  });

  it('charges what may have been written: a request that was not answered', async () => {
    const [unknown, refused] = await Promise.all(
      [true, false].map((isUnknown) => waitAfter([10, 20], [{ kind: 'throttled', isUnknown }, { kind: 'written' }])),
    );
    // What was refused is given back and pays the next unit; otherwise that must be earned, at a quarter of 100 units a second.
    expect((unknown ?? 0) - (refused ?? 0)).toBe(40);
  });

  it('counts on what DynamoDB reported for the requests before: indexes cost, too', async () => {
    const { batches, requests, pacing, clock, sizes } = start({ budget: 100 });
    void batches.deciding(async () => {
      for (const n of numbers(25)) void batches.send(write(n));
    });
    await clock.advance(250);
    requests[0]?.answer(Array.from({ length: 25 }, () => ({ kind: 'written', units: 4 })));
    await settled();
    expect(pacing.unitsPerEstimate).toBe(4);

    void batches.deciding(async () => {
      for (const n of numbers(25)) void batches.send(write(n));
    });
    await clock.advance(60_000);

    expect(sizes()).toEqual([25, 12, 12, 1]);
  });

  it('does not slow down for what was not sent: DynamoDB was not asked', async () => {
    const { batches, requests, pacing, clock } = start({ budget: 100 });
    void batches.deciding(() => void batches.send(write(1)));
    await clock.advance(1000);

    requests[0]?.answer([{ kind: 'throttled', isNotSent: true }]);
    await settled();

    expect(pacing.rate).toBe(100);
    expect(pacing.takeThrottles()).toBe(0);
  });

  it('sends one write, and waits for its answer, where nobody knows yet what writes cost', async () => {
    const { batches, requests, clock, sizes } = start({ budget: 500, isBlind: true });
    void batches.deciding(async () => {
      for (const n of numbers(30)) void batches.send(write(n));
    });
    await clock.advance(10_000);
    expect(sizes()).toEqual([1]);

    requests[0]?.answer([{ kind: 'written', units: 10 }]);
    await clock.advance(10_000);
    expect(sizes().slice(0, 3)).toEqual([1, 1, 1]);

    for (const { answer } of requests.slice(1)) answer([{ kind: 'written', units: 10 }]);
    await clock.advance(10_000);
    expect(Math.max(...sizes())).toBeGreaterThan(1);
  });

  it('sends little at a time where the budget is small: no request costs more than it earns in half a second, but for one item', async () => {
    const { batches, clock, sizes } = start({ budget: 20 });
    void batches.deciding(async () => {
      for (const n of numbers(25)) void batches.send(write(n));
      void batches.send(write(25, 30));
    });

    await clock.advance(10_000);

    expect(sizes()).toEqual([10, 10, 5, 1]);
  });
});
