import { describe, expect, it } from 'vitest';
import { toStoredControl } from '../../../../aws/ledger/control-record.ts';
import { toRecord } from '../../../../aws/ledger/ledger-record.ts';
import type { Checkpoint } from '../../../../core/ledger/checkpoint.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';
import type { RunStep } from '../../../../core/ledger/run.ts';
import { codeOfPass } from '../../../../core/ledger/sweep.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import { takeTable } from '../../../../core/run/take-table.ts';
import type { Holder } from '../../../../core/run/taking/holder.ts';
import { controlOf, runOf, withFields } from '../../../support/control-record.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';
import { usersShape } from '../../../support/transformations.ts';

const sequences = [3, 4, 5, 6];
/** v3, v4 and v5 are swept together, and v6 alone. */
const steps = sequences.map(
  (sequence): RunStep => ({
    sequence,
    checksum: `c${sequence}`,
    prepares: false,
    ...(sequence === 4 || sequence === 5 ? { joins: true } : {}),
  }),
);
const together = [4, 5].map((sequence) => ({ sequence, checksum: `c${sequence}` }));
const control = controlOf({ together, totalSegments: 1 });
const run = runOf({ steps, totalSegments: 1 });

/** A whole pass: `failed` is the version for which an item failed. */
function passed(fields: Partial<Checkpoint> = {}, failed?: number): Checkpoint {
  const counted = (sequence: number) => ({ ...noCounters(), scanned: 1, ...(sequence === failed ? { failed: 1 } : { changed: 1 }) });
  return checkpoint(0, {
    checksum: codeOfPass(control),
    counters: counted(failed === undefined ? 0 : failed),
    members: [3, 4, 5].map((sequence) => ({ sequence, counters: counted(sequence) })),
    ...fields,
  });
}

/** The decision after a pass. */
async function settled(found: Checkpoint, { redriveCount = 0, changed = {} as Record<number, string>, regroup = true, failures = 0 } = {}) {
  const versions = [4, 5].map((sequence) => ({
    table: 'Users',
    sequence,
    status: 'applying' as const,
    checksum: `c${sequence}`,
    run: 'r1',
    at: 'then',
  }));
  const { ledger, kept } = memoryLedger([found], versions);
  kept.run = run;
  kept.control = withFields(control, { marks: { failures } });
  const clock = new FakeClock();
  const deciding = { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount };
  const deployedStep = async ({ sequence, checksum }: { sequence: number; checksum: string }): Promise<RunStep> => ({
    sequence,
    checksum: changed[sequence] ?? checksum,
    prepares: false,
  });
  const regrouped = async (_: string, now: readonly RunStep[]) =>
    now.map((step, index) => (index > 0 && regroup ? { ...step, joins: true as const } : step));
  const ports = { clock, ledger, deployedStep, regroup: regrouped, stepsAhead: async () => steps.slice(1) };
  const decided = recordDecision(deciding, ports, settlePass);
  decided.catch(() => {});
  const outcome = await clock.until(decided).catch((error: Error) => error);
  const now = await ledger.versions('Users');
  return {
    outcome,
    control: kept.control,
    run: kept.run,
    ledger,
    versions: now.map(({ sequence, status, checksum }) => [sequence, status, checksum]),
  };
}

describe('versions that are swept together', () => {
  it('are applied in one decision after a clean pass, each with its counters, and the next version begins alone', async () => {
    const { outcome, control: next, versions, ledger } = await settled(passed());

    expect(outcome).toMatchObject({ decision: 'transform', pass: 2 });
    expect(versions).toEqual([
      [3, 'applied', 'c3'],
      [4, 'applied', 'c4'],
      [5, 'applied', 'c5'],
      [6, 'applying', 'c6'],
    ]);
    expect(next).toMatchObject({ sequence: 6, step: 3, together: [], fence: 2 });
    expect((await ledger.versions('Users')).map(({ counters }) => counters?.changed)).toEqual([1, 1, 1, undefined]);
    expect(ledger.written).toHaveLength(1);
  });

  it('are not applied before a clean pass', async () => {
    const { control: next, versions } = await settled(passed({ dirty: true }));

    expect(versions.map(([, status]) => status)).toEqual(['applying', 'applying', 'applying']);
    expect(next).toMatchObject({ pass: 2, sequence: 3, together: [{ sequence: 4, counters: { changed: 1 } }, { sequence: 5 }] });
  });

  it('fail at once if the first of them failed for an item', async () => {
    const { outcome } = await settled(passed({}, 3));

    expect(outcome).toMatchObject({ name: 'ItemsFailed', fields: { sequence: 3, count: 1 }, message: expect.stringContaining('Users v3') });
  });

  it.each([
    ['if an item failed', 1],
    ['if too many failed', 101],
  ])('come to their end up to the one that failed, which gets a pass of its own, %s', async (_, failures) => {
    const { outcome, control: next, run: after, versions } = await settled(passed({ dirty: true }, 5), { failures });

    expect(outcome).toMatchObject({ decision: 'transform', pass: 2 });
    expect(next).toMatchObject({ sequence: 3, fence: 2, together: [{ sequence: 4 }], marks: { failures: 0 } });
    expect(next?.together).toHaveLength(1);
    expect(next?.settled.run).toMatchObject({ failed: 0, scanned: 0 });
    expect(after.steps.map(({ joins }) => joins)).toEqual([undefined, true, undefined, undefined]);
    expect(after).not.toHaveProperty('oneByOne');
    expect(versions.map(([, status]) => status)).toEqual(['applying', 'applying', 'applying']);
  });

  it('go on one after the other if they cannot decide on an item together, with what was counted for each', async () => {
    const { control: next, run: after, ledger } = await settled(passed({ isApart: true, done: false, dirty: true }));

    expect(next).toMatchObject({ sequence: 3, together: [], pass: 2, fence: 2, settled: { sequence: { changed: 1 } } });
    expect(after).toMatchObject({ oneByOne: 'found' });
    expect(after.steps.some(({ joins }) => joins)).toBe(false);
    expect((await ledger.versions('Users')).map(({ status, counters }) => [status, counters?.changed])).toEqual([
      ['applying', 1],
      ['applying', 1],
      ['applying', 1],
    ]);
  });

  it('refuse other code of any of them, and a redrive adopts it with a fresh pass for all', async () => {
    expect((await settled(passed(), { changed: { 5: 'mended' } })).outcome).toMatchObject({ name: 'CodeChanged', fields: { sequence: 5 } });

    const { control: next, run: after, versions } = await settled(passed({}, 5), { changed: { 5: 'mended' }, redriveCount: 1 });

    expect(next).toMatchObject({ sequence: 3, pass: 2, fence: 3, together: [{ sequence: 4 }, { sequence: 5, checksum: 'mended' }] });
    expect(after.steps.map(({ checksum, joins }) => [checksum, joins])).toEqual([
      ['c3', undefined],
      ['c4', true],
      ['mended', true],
      ['c6', undefined],
    ]);
    expect(versions).toEqual([
      [3, 'applying', 'c3'],
      [4, 'applying', 'c4'],
      [5, 'applying', 'mended'],
    ]);
  });

  it('get passes of their own if the code that a redrive adopts can no longer be swept with the others', async () => {
    const {
      control: next,
      run: after,
      versions,
    } = await settled(passed({}, 5), { changed: { 5: 'mended' }, redriveCount: 1, regroup: false });

    expect(next).toMatchObject({ sequence: 3, pass: 2, together: [] });
    expect(after.steps.map(({ checksum, joins }) => [checksum, joins])).toEqual([
      ['c3', undefined],
      ['c4', undefined],
      ['mended', undefined],
      ['c6', undefined],
    ]);
    expect(versions[2]).toEqual([5, 'applying', 'mended']);
  });
});

describe('a start after a run that died in a group', () => {
  const holder: Holder = { run, control, checkpoints: [passed({ done: false })], alive: false };

  function taken(asked: readonly RunStep[], input: object = {}, of: Holder = holder) {
    return takeTable(
      {
        ...{
          id: 'r2',
          execution: 'arn:e2',
          redriveCount: 0,
          now: '2030-01-01T00:00:00.000Z',
          shape: usersShape,
          tableId: undefined,
          wasReset: false,
        },
        input: parseRunInput({ table: 'Users', ...input }),
        ...{
          steps: [...asked],
          totalSegments: 1,
          maxConcurrency: 1,
          budget: { writeUnits: undefined, readUnits: undefined },
          itemUnits: 1,
        },
        ...{ leaseMs: 10_000, controlIntervalMs: 3000 },
      } as Parameters<typeof takeTable>[0],
      { table: 'Users', run: 'r1', execution: 'arn:e1', fence: 1 },
      of,
    );
  }

  it('goes on with the same pass of the same group', () => {
    const { resumed, control: next } = taken(steps);

    expect([resumed, next.pass]).toEqual([true, 1]);
    expect(next.together).toMatchObject([{ sequence: 4 }, { sequence: 5 }]);
  });

  it('begins anew if it asks for one version after the other, and counts what was done for each', () => {
    const alone = steps.map(({ joins: _, ...step }) => step);
    const { resumed, run: begun, control: next } = taken(alone, { oneByOne: true });

    expect([resumed, begun.oneByOne, next.together]).toEqual([false, 'asked', undefined]);
    expect(next.settled.sequence?.changed).toBe(1);
  });

  it('goes on one after the other with a run that has gone over to that', () => {
    const apart = { ...holder, run: { ...run, oneByOne: 'found' as const }, control: { ...control, together: [] } };
    const { resumed, run: begun, control: next } = taken(steps, {}, apart);

    expect([resumed, next.together]).toEqual([true, []]);
    expect(begun.steps.some(({ joins }) => joins)).toBe(false);
  });
});

it('a record of a run that sweeps versions together is one that an older dynamodt refuses, also when the run is over', () => {
  expect(toRecord(toStoredControl(control))['format']).toEqual({ N: '2' });
  expect(toRecord(toStoredControl({ ...control, together: [], ended: true }))['format']).toEqual({ N: '2' });
  expect(toRecord(toStoredControl(controlOf()))['format']).toEqual({ N: '1' });
  expect(toRecord(passed())['format']).toEqual({ N: '2' });
});
