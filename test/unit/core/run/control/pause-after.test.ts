import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenPort } from '../../../../../core/segment/writes/change-tokens.ts';
import type { Item } from '../../../../../core/transformation/contract.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { withFields } from '../../../../support/control-record.ts';
import { MemoryRun, type MemoryRunOptions } from '../../../../support/memory-run.ts';
import type { File } from '../../../../support/transformations.ts';

const addFirst: File = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'Grace' }) };
const since = '2030-01-01T00:00:00.000Z';

function users(count: number): Image[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
}

function runOf(items: number, limit: number, options: Partial<MemoryRunOptions> & { file?: File } = {}): MemoryRun {
  const { segments = 40, seed = 1, file = addFirst, ...more } = options;
  const control = { marks: { pauseAfter: { items: limit, since }, failures: 0, maxFailures: 100 } };
  return new MemoryRun(users(items), file, { segments, seed, control, ...more });
}

function isChanged({ first }: Image): boolean {
  return first !== undefined;
}

/** The changed items. Each of the others is as it was. */
function changedIn({ table }: MemoryRun): number {
  let changed = 0;
  for (const [index, image] of [...table.values()].entries()) {
    expect(image).toEqual({ id: { S: `u${index}` }, name: { S: 'Grace Hopper' }, ...(isChanged(image) ? { first: { S: 'Grace' } } : {}) });
    if (isChanged(image)) changed++;
  }
  return changed;
}

/** Tokens that were neither used nor given back. */
function lostIn({ accounts }: MemoryRun): number {
  return accounts.reduce((sum, { claimed, givenBack, changed }) => sum + claimed - givenBack - changed, 0);
}

/** An item is taken for the cause if three workers are killed by chance, one after the other, while it is in hand. */
function failedByKills({ failures }: MemoryRun): (error: unknown) => 'failed' {
  return (error) => {
    expect(error).toMatchObject({ name: 'ItemsFailed' });
    expect(new Set(failures.map((failure) => failure.error.name))).toEqual(new Set(['TransformKilled']));
    return 'failed';
  };
}

describe('a run with pauseAfter', () => {
  it('changes exactly the limit of items, and then is paused by it', async () => {
    const run = runOf(400, 100);

    expect(await run.go()).toBe('wait');

    expect(changedIn(run)).toBe(100);
    expect(run.control.marks.paused).toMatchObject({ by: 'pauseAfter 100' });
  });

  it.each(Array.from({ length: 50 }, (_, seed) => seed))(
    'changes no more, and comes to its pause, when workers are killed and replaced (seed %i)',
    async (seed) => {
      const run = runOf(400, 100, { seed, perils: { killed: 0.02, replaced: 0.01 } });

      expect(await run.go()).toBe('wait');

      const changed = changedIn(run);
      expect(changed).toBeLessThanOrEqual(100);
      expect(changed + lostIn(run)).toBe(100);
      expect(run.accounts.filter((account) => !account.isDead && lostOf(account) > 0)).toEqual([]);
      expect(run.control.marks.paused).toMatchObject({ by: 'pauseAfter 100' });
    },
  );

  it('does so for any limit, table and number of segments', async () => {
    const asked = fc.record({
      items: fc.integer({ min: 1, max: 300 }),
      limit: fc.integer({ min: 1, max: 400 }),
      segments: fc.integer({ min: 1, max: 12 }),
      seed: fc.nat(),
      perils: fc.constantFrom({}, { killed: 0.03 }, { killed: 0.01, replaced: 0.03 }),
    });
    const check = async ({ items, limit, ...options }: MemoryRunOptions & { items: number; limit: number }) => {
      const run = runOf(items, limit, options);
      const decision = await run.go().catch(failedByKills(run));
      const changed = changedIn(run);
      expect(changed).toBeLessThanOrEqual(limit);
      expect(run.accounts.filter((account) => !account.isDead && lostOf(account) > 0)).toEqual([]);
      if (decision === 'wait') expect(changed + lostIn(run)).toBe(limit);
      else if (decision !== 'failed') expect({ decision, changed }).toEqual({ decision: 'succeed', changed: items });
    };
    await fc.assert(fc.asyncProperty(asked, check), {
      numRuns: 60,
      examples: [[{ items: 48, limit: 61, segments: 10, seed: 1787088787, perils: { killed: 0.03 } }]],
    });
  });

  it('counts each change in the checkpoints, whichever decision is made first', async () => {
    const slowAtFirst: File = {
      adds: ['first'],
      transformUp: async (item: Item) => {
        for (let turns = Number(String(item['id']).slice(1)) % 7 === 0 ? 50 : 0; turns > 0; turns--) await Promise.resolve();
        return { ...item, first: 'Grace' };
      },
    };
    const run = runOf(400, 100, { segments: 8, file: slowAtFirst });

    expect(await run.go()).toBe('wait');

    const checkpoints = [...(await run.ledger.checkpoints(run.control.run, run.control.pass)).values()];
    expect(changedIn(run)).toBe(100);
    expect(checkpoints.reduce((sum, { counters }) => sum + counters.changed, 0)).toBe(100);
  });

  it.each([1, 3, 8, 40, 300])('spreads a hundred over %i segments', async (segments) => {
    const run = runOf(2000, 100, { segments });

    await run.go();

    const changed = run.countBySegment(isChanged).filter((count) => count > 0);
    expect(changed.length).toBeGreaterThan(0.8 * Math.min(segments, 100));
    expect(Math.max(...changed)).toBeLessThanOrEqual(Math.ceil(100 / segments) + 1);
  });

  it.each([1, 39, 41])('is exact for a limit of %i, and 40 workers', async (limit) => {
    const run = runOf(400, limit);

    expect(await run.go()).toBe('wait');
    expect(changedIn(run)).toBe(limit);
  });

  it('uses no token for an item that DynamoDB refuses, throttles, or gives to the application first', async () => {
    const answers: MemoryRunOptions['answers'] = (key, tries) => {
      if (/[27]\D*$/.test(key)) return { kind: 'refused', code: 'ValidationException' };
      if (/[49]\D*$/.test(key) && tries < 3) return { kind: 'throttled' };
      return /[05]\D*$/.test(key) && tries === 1 ? { kind: 'conditionFailed' } : undefined;
    };
    const run = runOf(400, 100, { segments: 8, answers });

    expect(await run.go()).toBe('wait');
    expect(changedIn(run)).toBe(100);
    expect(lostIn(run)).toBe(0);
  });

  it('just finishes if fewer items need a change', async () => {
    const run = runOf(99, 100, { segments: 8 });

    expect(await run.go()).toBe('succeed');
    expect(changedIn(run)).toBe(99);
  });

  it('pauses also if no item is left to change: the limit is for a look at what was changed', async () => {
    const run = runOf(100, 100, { segments: 8 });

    expect(await run.go()).toBe('wait');
    expect(changedIn(run)).toBe(100);
  });

  it('takes the next step, and then all the rest', async () => {
    const run = runOf(400, 100);
    await run.go();

    run.control = withFields(run.control, { marks: { paused: undefined, pauseAfter: { items: 150, since: '2030-01-02T00:00:00.000Z' } } });
    expect(await run.go()).toBe('wait');
    expect(changedIn(run)).toBe(250);
    expect(run.control.marks.paused).toMatchObject({ by: 'pauseAfter 150' });

    run.control = withFields(run.control, { marks: { paused: undefined, pauseAfter: undefined } });
    expect(await run.go()).toBe('succeed');
    expect(changedIn(run)).toBe(400);
  });
});

describe('the tests of a limit', () => {
  const defects: Record<string, (port: TokenPort) => TokenPort> = {
    'what is given back twice': (port) => ({
      ...port,
      giveBack: async (...given) => {
        await port.giveBack(...given);
        await port.giveBack(...given);
      },
    }),
    'a claim of which the ledger learns nothing': (port) => ({
      ...port,
      claim: async (run, limit, count) => {
        const { left } = await port.claim(run, limit, count);
        await port.giveBack(run, limit, count);
        return { claimed: count, left };
      },
    }),
    'a claim that is not refused': (port) => ({
      ...port,
      claim: async (run, limit, count) => {
        const { left } = await port.claim(run, limit, count);
        return { claimed: count, left };
      },
    }),
  };

  it.each(Object.entries(defects))('find %s', async (_, tokens) => {
    const found: number[] = [];
    for (let seed = 0; seed < 12 && found.length === 0; seed++) {
      const run = runOf(400, 385, { segments: 4, seed, tokens });
      await run.go().catch(() => 'wait');
      if (changedIn(run) > 385) found.push(seed);
    }
    expect(found).not.toEqual([]);
  });
});

function lostOf({ claimed, givenBack, changed }: MemoryRun['accounts'][number]): number {
  return claimed - givenBack - changed;
}
