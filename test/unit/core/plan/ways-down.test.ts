import { describe, expect, it } from 'vitest';
import { downText } from '../../../../cli/plan/down-text.ts';
import type { Run } from '../../../../core/ledger/run.ts';
import type { Version } from '../../../../core/ledger/versions/version.ts';
import type { DownPlan, WayDown } from '../../../../core/plan/down-plan.ts';
import type { LocalFile } from '../../../../core/plan/local-file.ts';
import { waysDown } from '../../../../core/plan/ways-down.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { runOf } from '../../../support/control-record.ts';

const appliedAt = '2030-01-01T00:00:00.000Z';
const kept = '2030-02-05T00:00:00.000Z';
const journaled = { journals: [{ run: 'r1', firstPass: 1, at: appliedAt }] };
const withFunction = { transformDown: () => undefined };
const plain = { styled: (_: string, text: string) => text };

function file(sequence: number, exported: object = {}): LocalFile {
  const name = `Users/v${sequence}.ts`;
  const transformation = checkExports({ sequence, transformUp: () => undefined, removes: ['a'], ...exported }, name);
  return { file: name, sequence, checksum: `c${sequence}`, transformation };
}

function version(sequence: number, fields: Partial<Version> = {}): Version {
  const checksum = `c${sequence}`;
  return { table: 'Users', sequence, status: 'applied', checksum, file: `Users/v${sequence}.ts`, run: 'r1', at: appliedAt, ...fields };
}

interface Given {
  exact?: boolean;
  days?: number;
  catalog?: readonly { sequence: number; checksum: string }[];
  runs?: Run[];
}

function plan(files: LocalFile[], versions: Version[], { exact = false, days = 1, catalog = files, runs = [] }: Given = {}): DownPlan {
  const now = Date.parse(appliedAt) + days * 86_400_000;
  return waysDown({ table: 'Users', files, versions, catalog, runs, holder: undefined }, exact, { now, retentionDays: 35 });
}

function only(...args: Parameters<typeof plan>): WayDown | undefined {
  return plan(...args).versions[0];
}

function lines(down: DownPlan): string[] {
  const rest = { problems: [], notes: [], versions: [], applied: [], size: null, sample: null, estimate: null };
  return downText({ table: 'Users', tableName: null, ok: true, ...rest }, down, plain);
}

describe('an applied version is said to go back', () => {
  it('by its transformDown, or exactly until its journal expires', () => {
    const known = [[file(3, withFunction)], [version(3, journaled)]] as const;

    expect(only([...known[0]], [...known[1]])).toEqual({
      sequence: 3,
      state: 'applied',
      file: 'Users/v3.ts',
      deployed: 'same',
      way: 'function',
      by: 'transformDown',
      journalUntil: kept,
    });
    expect(only([...known[0]], [...known[1]], { exact: true })).toMatchObject({ way: 'journal', journalUntil: kept });
  });

  it('by a derived function if it only adds, and not exactly', () => {
    const files = [file(1, { removes: [], adds: ['b'] })];

    expect(only(files, [version(1)])).toMatchObject({
      way: 'function',
      by: 'derived',
      noJournal: 'no run kept a journal of what it changed (it only adds)',
    });
    expect(only(files, [version(1)], { exact: true })).toMatchObject({ way: 'none', refusal: { name: 'JournalMissing' } });
  });

  it('by its journal without a file, and half-way', () => {
    expect(only([], [version(3, { ...journaled, status: 'applying' })])).toMatchObject({
      way: 'journal',
      state: 'halfwayUp',
      file: null,
      deployed: null,
    });
  });

  it('by its journal without an end if nothing was changed', () => {
    const down = plan([file(3)], [version(3, { journals: [] })]);

    expect(down.versions[0]).toMatchObject({ way: 'journal' });
    expect(lines(down)[2]).toBe('  v3       applied  exactly, by its journal: it changed nothing');
  });

  it('by the file here, if that is not deployed yet', () => {
    const down = plan([file(3, withFunction)], [version(3, journaled)], { catalog: [] });

    expect(lines(down)[2]).toContain(
      'by its transformDown, once the file here is deployed (the service has none); with --exact by its journal',
    );
  });
});

describe('an applied version is said not to go back', () => {
  it.each<[string, LocalFile, string]>([
    ['its file turns the journal off', file(3, { journal: 'none' }), "(its file says journal: 'none')"],
    ['runs kept no journals then', file(3), '(it was applied before journals were kept)'],
  ])('if %s, with the moment before its first run', (_, local, reason) => {
    const steps = [{ sequence: 3, checksum: 'c3', prepares: false }];
    const run = (startedAt: string, fields: Partial<Run> = {}) => runOf({ steps, startedAt, status: 'succeeded', ...fields });
    const runs = [
      run('2030-01-05T00:00:00.000Z'),
      run('2030-01-04T00:00:00.000Z', { status: 'failed' }),
      run('2030-01-03T00:00:00.000Z', { dryRun: true }),
      run('2030-01-02T00:00:00.000Z', { direction: 'down' }),
      run('2030-01-01T00:00:00.000Z'),
    ];

    const down = plan([local], [version(3)], { runs });

    expect(down).toMatchObject({
      to: 3,
      versions: [{ way: 'none', refusal: { name: 'Irreversible' }, restoreBefore: '2030-01-04T00:00:00.000Z' }],
    });
    const text = lines(down).join('\n');
    expect(text).toContain(reason);
    expect(text).toContain('None of its changes is older than 2030-01-04 00:00:00 UTC: restore to a moment before.');
    expect(text).toContain('v3 is the newest, so `down Users` is refused');
  });

  it('if it was baselined and has no function', () => {
    expect(only([file(1)], [version(1, { run: 'baseline' })])).toMatchObject({
      way: 'none',
      noJournal: 'no run kept a journal of what it changed (it was baselined, not applied by a run)',
    });
  });

  it('if its journal expired, or it is squashed', () => {
    expect(only([file(3)], [version(3, journaled)], { days: 36 })).toMatchObject({ way: 'none', refusal: { name: 'Irreversible' } });
    expect(only([], [version(3, { ...journaled, squashed: { by: 'ann', at: appliedAt } })])).toMatchObject({
      way: 'none',
      state: 'squashed',
      refusal: { name: 'Irreversible', message: expect.stringContaining('is squashed') },
    });
  });

  it('if the file here is not valid, by what is wrong with it', () => {
    const problem = { name: 'InvalidTransformation', message: 'It exports nothing.' };
    const broken: LocalFile = { file: 'Users/v3.ts', sequence: 3, checksum: 'c3', problem };

    expect(only([broken], [version(3)])).toMatchObject({ way: 'none', refusal: problem });
    expect(only([broken], [version(3, journaled)])).toMatchObject({ way: 'journal' });
  });

  it('if the file here is other code than what was applied', () => {
    expect(only([{ ...file(3, withFunction), checksum: 'other' }], [version(3)])).toMatchObject({
      way: 'none',
      refusal: { name: 'ChecksumMismatch' },
    });
  });
});

describe('an applied version is said to go back only partly', () => {
  it('if some of its runs kept no journal, or the journal of its first run expired', () => {
    const down = plan([file(3)], [version(3, { ...journaled, hasUnjournaled: true })]);

    expect(down.versions[0]).toMatchObject({ way: 'partly', refusal: { name: 'Irreversible' } });
    expect(lines(down)[2]).toMatch(
      /only partly: a journal has a part of its changes, and `down` is refused\. Irreversible: .*not every run/,
    );
    const journals = [...journaled.journals, { run: 'r2', firstPass: 1, at: '2030-01-20T00:00:00.000Z' }];
    expect(only([file(3)], [version(3, { journals })], { days: 36 })).toMatchObject({ way: 'partly', restoreBefore: appliedAt });
  });
});

describe('a table', () => {
  it('shows the newest version first, and how far `down` goes', () => {
    const files = [file(1, withFunction), file(2), file(3)];
    const down = plan(files, [version(1), version(2), version(3, journaled), version(4, { status: 'rolledBack' })]);

    expect(down.to).toBe(2);
    expect(down.versions.map(({ sequence, way }) => [sequence, way])).toEqual([
      [3, 'journal'],
      [2, 'none'],
      [1, 'function'],
    ]);
    const text = lines(down);
    expect(text[2]).toBe('  v3       applied  exactly, by its journal, until 2030-02-05 00:00:00 UTC');
    expect(text.at(-1)).toContain('`down Users --to 2` goes back the furthest');
    expect(lines(plan(files, [version(1)])).at(-1)).toBe('  ✓ `down Users --to 0` takes all of them back');
  });

  it('says so if no version is applied', () => {
    expect(lines(plan([file(1)], []))).toEqual([expect.stringContaining('what `down Users` would do'), '  no version is applied']);
  });
});
