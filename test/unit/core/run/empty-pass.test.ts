import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noCounters } from '../../../../core/ledger/counters.ts';
import type { RunStep } from '../../../../core/ledger/run.ts';
import type { VersionStatus } from '../../../../core/ledger/versions/version.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import type { Direction } from '../../../../core/transformation/contract.ts';
import { type ControlFields, controlOf, runOf } from '../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';

/** P4 for versions that no pass of their own looked for: the pass before them found no item in the whole table. */

const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async () => {} };
const totalSegments = 3;

interface Given {
  steps: readonly RunStep[];
  direction?: Direction;
  dryRun?: boolean;
  control?: ControlFields;
  /** Items of the table when the run begins. */
  items?: number;
  /** How many of the steps are deployed with the code of the run. */
  deployed?: number;
  statuses?: Record<number, VersionStatus>;
}

function stepOf(sequence: number, fields: Partial<RunStep> = {}): RunStep {
  return { sequence, checksum: `c${sequence}`, file: `Users/v${sequence}.ts`, prepares: false, seeds: false, ...fields };
}

function stepsUpTo(last: number): RunStep[] {
  return Array.from({ length: last }, (_, index) => stepOf(index + 1));
}

/** A run over a table, to its end: each Map leaves what workers leave that find these items. A seed is an item from its first pass on. */
async function drive({ steps, direction = 'up', dryRun = false, control, items = 0, deployed = steps.length, statuses = {} }: Given) {
  const [first] = steps;
  if (!first) throw new Error('A run needs a step.');
  const { ledger, kept } = memoryLedger([]);
  ledger.versionsByKey.clear();
  const begun: Record<number, VersionStatus> = { ...statuses, [first.sequence]: direction === 'up' ? 'applying' : 'rollingBack' };
  if (!dryRun)
    for (const [sequence, status] of Object.entries(begun))
      ledger.putVersion({ table: 'Users', sequence: Number(sequence), status, checksum: `c${sequence}`, run: 'r1', at: 'then' });
  kept.run = runOf({ steps: [...steps], direction, totalSegments, dryRun });
  kept.control = controlOf({ ...first, direction, totalSegments, dryRun, ...control });
  let there = items;
  const passes: { sequence: number; items: number; settles: number[] }[] = [];
  const seeded = new Set<number>();
  while (!kept.control.ended) {
    const { pass, sequence, checksum, step } = kept.control;
    const seeds = steps[step]?.seeds && !seeded.has(sequence) && direction === 'up' ? 2 : 0;
    if (seeds > 0) seeded.add(sequence);
    ledger.putCheckpoints(
      Array.from({ length: totalSegments }, (_, segment) =>
        checkpoint(segment, {
          ...{ pass, sequence, checksum, dirty: segment === 0 && seeds > 0 },
          counters: { ...noCounters(), ...(segment === 0 ? { scanned: there, unchanged: there, inserted: seeds } : {}) },
        }),
      ),
    );
    there += seeds;
    const decisions = ledger.written.length;
    await recordDecision(
      { table: 'Users', run: 'r1', decisionNumber: kept.control.decision.number, execution: 'arn:e1', redriveCount: 0 },
      {
        ...{ clock, ledger },
        deployedStep: async () => steps[step],
        stepsAhead: async (_, at) => steps.slice(at.step + 1, deployed),
      },
      settlePass,
    );
    const end = direction === 'up' ? 'applied' : 'rolledBack';
    const settles = ledger.written
      .slice(decisions)
      .flat()
      .flatMap((change) => (change.kind === 'putVersion' && change.version.status === end ? [change.version.sequence] : []));
    passes.push({ sequence, items: there - seeds, settles });
  }
  return { ledger, passes };
}

describe('a pass that found no item in the whole table', () => {
  it('settles all versions of the run, each with the code and file of the run and counters of zero', async () => {
    const { ledger, passes } = await drive({ steps: stepsUpTo(60) });

    expect(passes.map(({ sequence }) => sequence)).toEqual([1]);
    const versions = await ledger.versions('Users');
    expect(versions.map(({ sequence, status, checksum }) => [sequence, status, checksum])).toEqual(
      stepsUpTo(60).map(({ sequence, checksum }) => [sequence, 'applied', checksum]),
    );
    expect(versions[59]).toMatchObject({ file: 'Users/v60.ts', run: 'r1', execution: 'arn:e1', counters: noCounters() });
    expect(ledger.settledPasses).toHaveLength(1);
    expect(await ledger.run('Users', 'r1')).toMatchObject({ status: 'succeeded', counters: noCounters() });
  });

  it.each([
    ['up', 200, [1, 82, 163]],
    ['down', 90, [90, 49, 8]],
  ] as const)('keeps the transaction of a run %s within 100 actions', async (direction, last, own) => {
    const steps = direction === 'up' ? stepsUpTo(last) : stepsUpTo(last).reverse();
    const statuses = direction === 'up' ? {} : Object.fromEntries(steps.map(({ sequence }) => [sequence, 'applied' as const]));

    const { ledger, passes } = await drive({ steps, direction, statuses });

    expect(passes.map(({ sequence }) => sequence)).toEqual(own);
    expect(Math.max(...ledger.written.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect((await ledger.versions('Users')).every(({ status }) => status === (direction === 'up' ? 'applied' : 'rolledBack'))).toBe(true);
  });

  it('settles versions that were half-way or rolled back, as a pass of their own would', async () => {
    const statuses = { 2: 'applying', 3: 'rollingBack', 4: 'rolledBack', 5: 'applied' } as const;

    const { ledger } = await drive({ steps: stepsUpTo(5), statuses });

    expect((await ledger.versions('Users')).map(({ status }) => status)).toEqual(Array(5).fill('applied'));
  });

  it('leaves a version that inserts seeds to a pass of its own, and all after it', async () => {
    const steps = [stepOf(1), stepOf(2), stepOf(3, { seeds: true }), stepOf(4), stepOf(5)];

    expect((await drive({ steps })).passes.map(({ sequence }) => sequence)).toEqual([1, 3, 3, 4, 5]);
  });

  it.each([
    ['was recorded before it was known if it inserts seeds', { seeds: undefined }],
    ['needs a preparation', { prepares: true }],
  ])('leaves a version to a pass of its own that %s', async (_, fields) => {
    const { ledger, kept } = memoryLedger([0, 1, 2].map((segment) => checkpoint(segment)));
    kept.run = runOf({ steps: [stepOf(3), stepOf(4, fields), stepOf(5)], totalSegments });
    kept.control = controlOf({ totalSegments });

    await recordDecision(
      { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount: 0 },
      { clock, ledger, deployedStep: async () => stepOf(3), stepsAhead: async () => kept.run.steps.slice(1) },
      settlePass,
    );

    expect((await ledger.versions('Users')).map(({ sequence, status }) => `${sequence} ${status}`)).toEqual(['3 applied', '4 applying']);
  });

  it('leaves a version to a pass of its own whose file changed since the start', async () => {
    expect((await drive({ steps: stepsUpTo(5), deployed: 3 })).passes.map(({ sequence }) => sequence)).toEqual([1, 4, 5]);
  });

  it.each([
    ['may come from a worker that was left behind', { lease: { mayHaveZombies: true } }],
    ['got no answer', { lease: { lateUntil: 1000 } }],
  ])('settles only its own version while a write can still be applied that %s', async (_, control) => {
    const { ledger, kept } = memoryLedger([0, 1, 2].map((segment) => checkpoint(segment)));
    kept.run = runOf({ steps: [stepOf(3), stepOf(4)], totalSegments });
    kept.control = controlOf({ totalSegments, ...control });

    await recordDecision(
      { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount: 0 },
      { clock, ledger, deployedStep: async () => stepOf(3), stepsAhead: async () => [stepOf(4)] },
      settlePass,
    );

    expect((await ledger.versions('Users')).map(({ sequence, status }) => `${sequence} ${status}`)).toEqual(['3 applied', '4 applying']);
  });

  it('is enough for a dry run over all versions, which changes none of them', async () => {
    const { ledger, passes } = await drive({ steps: stepsUpTo(7), dryRun: true });

    expect(passes).toHaveLength(1);
    expect(await ledger.versions('Users')).toEqual([]);
  });
});

it('a table with one item gets a pass for each version', async () => {
  expect((await drive({ steps: stepsUpTo(5), items: 1 })).passes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
});

it('a version without a pass of its own is recorded only by a pass that found no item, and by no seed', async () => {
  let unseen = 0;
  const step = fc.record({ seeds: fc.constantFrom(false, false, false, true, undefined) });
  const given = fc.record({
    direction: fc.constantFrom<Direction>('up', 'down'),
    items: fc.constantFrom(0, 0, 0, 1),
    fields: fc.array(step, { minLength: 1, maxLength: 12 }),
    deployed: fc.nat(12),
  });
  await fc.assert(
    fc.asyncProperty(given, async ({ direction, items, fields, deployed }) => {
      const up = fields.map((each, index) => stepOf(index + 1, each));
      const steps = direction === 'up' ? up : up.reverse();
      const statuses = direction === 'up' ? {} : Object.fromEntries(steps.map(({ sequence }) => [sequence, 'applied' as const]));

      const { passes, ledger } = await drive({ steps, direction, items, statuses, deployed: Math.max(1, deployed) });

      const end = direction === 'up' ? 'applied' : 'rolledBack';
      expect((await ledger.versions('Users')).map(({ status }) => status)).toEqual(steps.map(() => end));
      expect(passes.flatMap(({ settles }) => settles)).toEqual(steps.map(({ sequence }) => sequence));
      for (const pass of passes)
        for (const sequence of pass.settles.filter((each) => each !== pass.sequence)) {
          unseen++;
          const position = steps.findIndex((each) => each.sequence === sequence);
          expect(pass.items).toBe(0);
          expect(steps[position]?.seeds).toBe(false);
          expect(position).toBeLessThan(Math.max(1, deployed));
        }
    }),
    { numRuns: 300 },
  );
  // Otherwise the property says nothing.
  expect(unseen).toBeGreaterThan(100);
});
