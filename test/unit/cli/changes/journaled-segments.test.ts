import { describe, expect, it } from 'vitest';
import { journaledRuns, journaledSegments } from '../../../../cli/changes/journaled-segments.ts';
import type { Checkpoint } from '../../../../core/ledger/checkpoint.ts';
import type { JournalOfRun, Version } from '../../../../core/ledger/versions/version.ts';
import type { JournaledSegment } from '../../../../core/segment/undo/changes-of.ts';
import { type ControlFields, controlOf, runOf } from '../../../support/control-record.ts';
import { checkpoint } from '../../../support/memory-run-ledger.ts';

const at = '2030-01-01T00:00:00.000Z';
const version: Version = { table: 'Users', sequence: 3, status: 'applied', checksum: 'c3', run: 'r2', at };
function journal(run: string, firstPass: number): JournalOfRun {
  return { run, firstPass, at };
}

function ledgerOf(controls: Record<string, ControlFields>, passes: Record<string, Partial<Checkpoint>[]> = {}) {
  return {
    run: async (_: string, id: string) => (controls[id] ? runOf({ id, steps: [{ ...stepOf(id) }] }) : undefined),
    control: async (run: string) => (controls[run] ? controlOf({ ...controls[run] }) : undefined),
    checkpoints: async (run: string, pass: number) =>
      new Map((passes[`${run}#${pass}`] ?? []).map((fields, segment) => [segment, checkpoint(segment, { run, pass, ...fields })])),
  };
}

/** Of the run `unjournaled`, nothing is journaled; `other` took another version. */
function stepOf(run: string) {
  const step = { sequence: run === 'other' ? 4 : 3, checksum: 'c3', prepares: false };
  return run === 'unjournaled' ? step : { ...step, journals: true as const };
}

describe('the runs whose changes are asked for', () => {
  const ledger = ledgerOf({ r1: { pass: 2 }, r2: { pass: 5 }, unjournaled: { pass: 2 }, other: { pass: 2 } });

  it('are all that kept a journal since the table has the version, the newest first, or the one that is named', async () => {
    const journaled = { ...version, journals: [journal('r1', 2), journal('r2', 4)] };

    expect((await journaledRuns(journaled, undefined, ledger)).map(({ run, firstPass }) => [run, firstPass])).toEqual([
      ['r2', 4],
      ['r1', 2],
    ]);
    expect((await journaledRuns(journaled, 'r1', ledger)).map(({ run }) => run)).toEqual(['r1']);
  });

  it.each<[string, ControlFields]>([
    ['alone', { journals: true }],
    ['together with one that keeps none', { sequence: 2, together: [{ sequence: 3, checksum: 'c3', journals: true }] }],
  ])('may be one that kept a journal only from a redrive on, and swept the version %s', async (_, control) => {
    const redriven = ledgerOf({ unjournaled: { pass: 2, sequence: 3, ...control } });

    expect(await journaledRuns(version, 'unjournaled', redriven)).toMatchObject([{ run: 'unjournaled' }]);
  });

  it('may not be one that kept a journal only of a version that it swept together with the one that is asked for', async () => {
    const redriven = ledgerOf({
      unjournaled: { pass: 2, sequence: 3, together: [{ sequence: 4, checksum: 'c4', journals: true }] },
    });

    await expect(journaledRuns(version, 'unjournaled', redriven)).rejects.toMatchObject({ name: 'JournalMissing' });
  });

  it('may be one whose changes were taken back, if it is named', async () => {
    const back: Version = { ...version, status: 'rolledBack' };

    expect(await journaledRuns(back, 'r1', ledger)).toMatchObject([{ run: 'r1', firstPass: 1 }]);
    await expect(journaledRuns(back, undefined, ledger)).rejects.toMatchObject({
      name: 'JournalMissing',
      message: expect.stringMatching(/was taken back.*--run/),
    });
  });

  it.each<[string, Partial<Version>, string | undefined, string, RegExp]>([
    ['no run kept a journal', {}, undefined, 'JournalMissing', /No run kept a journal.*only adds.*'none'.*point-in-time/],
    ['the run that is named kept none', {}, 'unjournaled', 'JournalMissing', /Run unjournaled kept no journal.*'none'/],
    ['the run that is named took other versions', {}, 'other', 'InvalidInput', /no run other of Users that took v3/],
    ['the ledger forgot a run', { journals: [journal('r0', 1)] }, undefined, 'JournalMissing', /expired.*r0/],
    [
      'nobody knows the run that is named',
      { journals: [journal('r1', 1)] },
      'r9',
      'InvalidInput',
      /no run r9 of Users that took v3\. Runs with .*: r1\./,
    ],
  ])('are refused if %s', async (_, fields, only, name, message) => {
    await expect(journaledRuns({ ...version, ...fields }, only, ledger)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });
});

it('finds the segments of a version that have a journal, the newest pass first', async () => {
  const written = { sequence: 3, journal: [{ attempt: 1, last: 2 }] };
  const ledger = ledgerOf(
    { r1: { pass: 4 } },
    { 'r1#1': [written], 'r1#2': [{ sequence: 3 }, written], 'r1#3': [written], 'r1#4': [{ ...written, sequence: 4 }] },
  );
  const runs = await journaledRuns({ ...version, journals: [journal('r1', 2)] }, undefined, ledger);

  const found: JournaledSegment[] = [];
  for await (const segment of journaledSegments(version, runs, ledger)) found.push(segment);

  expect(found.map(({ segment: { run, pass, segment } }) => [run, pass, segment])).toEqual([
    ['r1', 3, 0],
    ['r1', 2, 1],
  ]);
  expect(found[0]).toMatchObject({ segment: { table: 'Users', sequence: 3 }, attempts: [{ attempt: 1, last: 2 }] });
});
