import { describe, expect, it } from 'vitest';
import type { HistoryDocument, PartEntry } from '../../../cli/status/history-document.ts';
import { historyText } from '../../../cli/status/history-text.ts';
import { halfwayIn, type StatusDocument } from '../../../cli/status/status-document.ts';
import { statusLines } from '../../../cli/status/status-text.ts';
import { duration, moment, versions } from '../../../cli/terminal/in-words.ts';
import { jsonText } from '../../../cli/terminal/json-text.ts';
import { coloured, terminalLine } from '../../../cli/terminal/terminal-text.ts';
import { textTable } from '../../../cli/terminal/text-table.ts';
import { warningLines } from '../../../cli/terminal/warning-text.ts';
import { aStatusRun, countersWith } from '../../support/run-records.ts';

const plain = { styled: (_: string, text: string) => text };

it('aligns columns by what is seen, numbers to the right', () => {
  const columns = [
    { title: 'name', of: (row: string[]) => row[0] ?? '' },
    { title: 'n', of: (row: string[]) => row[1] ?? '', align: 'right' as const },
    { title: 'end', of: (row: string[]) => row[2] ?? '' },
  ];
  expect(
    textTable(columns, [
      [coloured(['red'], 'red'), '1', 'x'],
      ['longer', '1,000', ''],
    ]).map(terminalLine),
  ).toEqual(['name        n  end', '\x1b[31mred\x1b[39m         1  x', 'longer  1,000']);
});

it.each([
  [0, '0.0s'],
  [9949, '9.9s'],
  [9951, '10s'],
  [59_700, '1m 0s'],
  [3_599_400, '59m 59s'],
  [9_000_000, '2h 30m'],
])('says %i ms as %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

it('says moments in UTC and versions with their letter', () => {
  expect(moment('2026-01-02T10:00:00.123Z')).toBe('2026-01-02 10:00:00');
  expect(versions([1, 12])).toBe('v1, v12');
  expect(versions([])).toBe('none');
});

it('writes binary keys as base64', () => {
  expect(jsonText({ id: new Uint8Array([1, 2, 3]) })).toBe('{"id":"AQID"}');
});

describe('history', () => {
  const arn = 'arn:aws:states:eu-west-1:123456789012:execution:dynamodt-transform-table:Users-up-1';
  const run = { direction: 'up', dryRun: false, prepareOnly: false, execution: arn, counters: countersWith({}) } as const;
  const version = { status: 'applied', state: 'applied', checksum: '1:0123456789abcdef', execution: arn } as const;
  const failed = { name: 'ItemsFailed', message: '3 items of Users v4 failed.' };
  const part: PartEntry = { part: 1, begun: 'start', status: 'failed', execution: arn, steps: [], counters: countersWith({ changed: 7 }) };
  const document: HistoryDocument = {
    table: 'Users',
    versions: [
      {
        ...version,
        sequence: 1,
        run: 'r1',
        at: '2026-01-02T10:01:00.000Z',
        counters: countersWith({ changed: 25_000, readUnits: 12.4 }),
        milliseconds: 60_000,
      },
      {
        ...version,
        sequence: 2,
        run: 'r1',
        at: '2026-01-02T10:01:20.000Z',
        counters: countersWith({ changed: 7 }),
        milliseconds: 20_000,
        repaired: { by: 'user:ann', at: '2026-01-02T12:00:00.000Z', from: '1:ffff' },
      },
      {
        status: 'applied',
        state: 'baselined',
        checksum: '1:fedcba9876543210',
        sequence: 3,
        run: 'baseline',
        by: 'user:ann',
        at: '2026-01-02T11:00:00.000Z',
      },
      {
        ...version,
        sequence: 4,
        run: 'r2',
        at: '2026-01-03T10:00:00.000Z',
        status: 'applying',
        state: 'halfwayUp',
        adopted: [{ from: '1:aaaaaaaaaaaa', changed: 80, run: 'r2', at: '2026-01-03T11:00:00.000Z' }],
      },
    ],
    runs: [
      {
        ...run,
        run: 'r2',
        status: 'failed',
        sequences: [4],
        startedAt: '2026-01-03T10:00:00.000Z',
        endedAt: '2026-01-03T11:00:05.000Z',
        error: failed,
        parts: [
          { ...part, status: 'failed', startedAt: '2026-01-03T10:00:00.000Z', endedAt: '2026-01-03T10:00:05.000Z', error: failed },
          {
            ...part,
            part: 2,
            begun: 'redrive',
            status: 'failed',
            startedAt: '2026-01-03T11:00:00.000Z',
            endedAt: '2026-01-03T11:00:05.000Z',
            error: failed,
          },
        ],
      },
      {
        ...run,
        run: 'r1',
        status: 'succeeded',
        sequences: [1, 2],
        startedAt: '2026-01-02T10:00:00.000Z',
        endedAt: '2026-01-02T10:01:20.000Z',
        parts: [{ ...part, status: 'succeeded', startedAt: '2026-01-02T10:00:00.000Z', endedAt: '2026-01-02T10:01:20.000Z' }],
      },
    ],
    refusedStarts: [
      {
        direction: 'up',
        dryRun: false,
        prepareOnly: false,
        execution: arn,
        at: '2026-01-03T10:30:00.000Z',
        error: { name: 'ChecksumMismatch', message: 'Users v1 differs.' },
      },
    ],
  };

  it('says of a version how many items its last pass still brought up, as the rest is left to the follower', () => {
    const [first, ...rest] = document.versions;
    const versions = first ? [{ ...first, leftToFollower: 57 }, ...rest] : [];
    expect(historyText({ ...document, versions }, plain)).toContain(
      '  v1: its last pass still brought up 57 items that older code had just written; what came after was left to the follower',
    );
  });

  it('shows versions with the time each took and who said so, and runs with their errors', () => {
    expect(historyText(document, plain)).toEqual([
      'Users',
      'version  status       when (UTC)           by                    checksum               changed  kept  failed  read units  write units  duration',
      'v1       applied      2026-01-02 10:01:00  r1                    1:01234567              25,000     0       0          12            0     1m 0s',
      'v2       applied      2026-01-02 10:01:20  r1                    1:01234567 (repaired)        7     0       0           0            0       20s',
      'v3       baselined    2026-01-02 11:00:00  baseline by user:ann  1:fedcba98                   –     –       –           –            –         –',
      'v4       half-way up  2026-01-03 10:00:00  r2                    1:01234567                   –     –       –           –            –         –',
      '  v4 adopted other code: 80 items were written by 1:aaaaaaaa before run r2 went on at 2026-01-03 11:00:00; what it set in `adds` stays',
      '',
      'run  direction    versions  status     changed  started (UTC)        duration  execution   error',
      'r2   up, redrive  v4        failed           7  2026-01-03 11:00:00      5.0s  Users-up-1  ItemsFailed',
      '  3 items of Users v4 failed.',
      '–    up           –         refused          –  2026-01-03 10:30:00         –  Users-up-1  ChecksumMismatch',
      '  Users v1 differs.',
      'r2   up           v4        failed           7  2026-01-03 10:00:00      5.0s  Users-up-1  ItemsFailed',
      '  3 items of Users v4 failed.',
      'r1   up           v1, v2    succeeded        7  2026-01-02 10:00:00    1m 20s  Users-up-1',
    ]);
  });

  it('fits a terminal of 80 columns: columns that do not fit stand below each row, and nothing is left out', () => {
    const wide = historyText(document, plain);
    const lines = historyText(document, { ...plain, width: 80 });

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.slice(0, 5)).toEqual([
      'Users',
      'version  status       when (UTC)           changed  kept  failed  duration',
      'v1       applied      2026-01-02 10:01:00   25,000     0       0     1m 0s',
      '  by r1 · checksum 1:01234567 · read units 12 · write units 0',
      'v2       applied      2026-01-02 10:01:20        7     0       0       20s',
    ]);
    const words = (of: readonly string[]): string[] => [...new Set(of.join(' ').split(/\s+/))].sort();
    expect(words(lines).filter((word) => word !== '·')).toEqual(words(wide));
  });

  it('has counters of inserted, deleted and moved items only if there are any', () => {
    const [first] = document.versions;
    const counters = countersWith({ changed: 9, inserted: 5, deleted: 2, moved: 2 });
    const [, titles = '', line] = historyText({ ...document, versions: first ? [{ ...first, counters }] : [] }, plain);

    expect(titles).toContain('changed  inserted  moved  kept');
    expect(line).toContain('      9         3      2     0');
    expect(historyText({ ...document, runs: [] }, plain).join('\n')).not.toMatch(/inserted|deleted|moved/);
  });

  it('needs no runs to show what was declared to be applied', () => {
    expect(historyText({ ...document, versions: document.versions.slice(2, 3), runs: [], refusedStarts: [] }, plain)).toEqual([
      'Users',
      'version  status     when (UTC)           by                    checksum    changed  kept  failed  read units  write units  duration',
      'v3       baselined  2026-01-02 11:00:00  baseline by user:ann  1:fedcba98        –     –       –           –            –         –',
    ]);
  });

  it('calls a run that rests paused, and says by whom', () => {
    const holder = { by: 'pauseAfter 100', since: '2026-01-04T10:00:08.000Z' };
    const resting = { ...part, status: 'running', begun: 'start', startedAt: '2026-01-04T10:00:00.000Z' } as const;
    const entry = {
      ...run,
      run: 'r3',
      status: 'running',
      sequences: [5],
      startedAt: resting.startedAt,
      parts: [resting],
      paused: holder,
    } as const;
    expect(
      historyText({ ...document, versions: [], runs: [{ ...entry, sequences: [5], parts: [resting] }], refusedStarts: [] }, plain),
    ).toEqual([
      'Users',
      'run  direction  versions  status  changed  started (UTC)        duration  execution   error',
      'r3   up         v5        paused        7  2026-01-04 10:00:00         –  Users-up-1',
      '  paused by pauseAfter 100 since 2026-01-04 10:00:08',
    ]);
  });

  it('says under a run which of its versions were swept together', () => {
    const swept = { ...part, status: 'succeeded', startedAt: '2026-01-04T10:00:00.000Z', endedAt: '2026-01-04T10:00:08.000Z' } as const;
    const [, , line, below] = historyText(
      {
        ...document,
        versions: [],
        runs: [
          {
            ...run,
            run: 'r4',
            status: 'succeeded',
            sequences: [5, 6, 7, 8],
            together: [
              [5, 6],
              [7, 8],
            ],
            startedAt: swept.startedAt,
            parts: [swept],
          },
        ],
        refusedStarts: [],
      },
      plain,
    );
    expect(line).toMatch(/^r4 .* v5–v8 /);
    expect(below).toBe('  v5, v6 swept together; v7, v8 swept together');
  });

  it('says so where nothing was run', () => {
    expect(historyText({ table: 'Users', versions: [], runs: [], refusedStarts: [] }, plain)).toEqual(['Users  no run yet']);
  });
});

describe('status', () => {
  const progress = {
    sequence: 3,
    pass: 1,
    segmentsDone: 1,
    totalSegments: 2,
    scanned: 5,
    counters: countersWith({ scanned: 5, failed: 3 }),
    share: 0.5,
  };
  const run = aStatusRun({ progress });
  const document: StatusDocument = { table: 'Users', applied: [1, 2], pending: [3], run: { ...run, status: 'running' } };

  it('says for what a run waits, and until when', () => {
    const waiting = { for: 'lateRequests' as const, until: '2026-01-02T10:15:00.000Z' };
    const lines = statusLines([{ ...document, waiting }], plain);

    expect(lines.join('\n')).toContain('waits until 2026-01-02 10:15:00 (UTC): a write that was sent before got no answer');
  });

  it('shows how far a run came, and who paused it', () => {
    const lines = statusLines(
      [
        {
          ...document,
          paused: {
            by: 'ann',
            since: '2026-01-02T10:00:09.000Z',
            holders: [
              { by: 'alarm:Errors', since: '2026-01-02T10:00:08.000Z' },
              { by: 'ann', since: '2026-01-02T10:00:09.000Z' },
            ],
          },
        },
        { table: 'Orders', applied: [], pending: [] },
      ],
      plain,
    );
    expect(lines).toEqual([
      'table   applied  pending  last run  status  started (UTC)',
      'Users   v1, v2   v3       up v3     paused  2026-01-02 10:00:00',
      '  v3  pass 1  50%  segments 1/2  5 items  0 changed  0 conflicts  3 failed  0 RCU 0 WCU',
      '  paused by alarm:Errors since 2026-01-02 10:00:08, by ann since 2026-01-02 10:00:09',
      'Orders  none     none     –         –       –',
    ]);
  });

  it('says how to go on after an execution was aborted', () => {
    const error = { name: 'Aborted', message: 'Stopped from outside.' };
    const aborted = { ...run, status: 'aborted', error, goesOnBy: 'dynamodt up Users' } as const;
    expect(statusLines([{ ...document, run: aborted }], plain).slice(2)).toEqual([
      '  Aborted: Stopped from outside.',
      '  `dynamodt up Users` continues where the run stopped',
    ]);
  });

  it('warns of files that do not fit the ledger', () => {
    const warnings = [{ name: 'MissingTransformation', sequence: 1, message: 'Users v1 has no file.' }] as const;
    expect(statusLines([{ table: 'Users', applied: [1], pending: [], warnings: [...warnings] }], plain).slice(2)).toEqual([
      '  warning MissingTransformation: Users v1 has no file.',
      '  `dynamodt status Users --ack` shows these warnings no more, until they change',
    ]);
  });

  it('lists failed items, and says when the ledger has not all of them', () => {
    const threw = { sequence: 3, segment: 12, name: 'TransformThrew', place: 'Users/v3.ts:4', message: 'The function threw Error.' };
    const failures = ['a', 'b'].map((id) => ({ ...threw, key: { id } }));
    const failed = { ...run, status: 'failed', error: { name: 'ItemsFailed', message: '3 items failed.' } } as const;
    expect(statusLines([{ ...document, run: failed, failures }], plain).slice(2)).toEqual([
      '  ItemsFailed: 3 items failed.',
      '  version  segment  error           place          key',
      '  v3            12  TransformThrew  Users/v3.ts:4  {"id":"a"}',
      '  v3            12  TransformThrew  Users/v3.ts:4  {"id":"b"}',
      '  TransformThrew: The function threw Error.',
      '  2 of 3 failed items are listed: the ledger keeps some of each segment',
    ]);
  });
});

it('shows a table whose ledger cannot be read among the others, with the error in place of its status', () => {
  const error = { name: 'LedgerDamaged', message: 'The record of Orders v1 in the ledger cannot be read.' };

  const lines = statusLines(
    [
      { table: 'Orders', applied: [], pending: [], error },
      { table: 'Users', applied: [1], pending: [2] },
    ],
    plain,
  );

  expect(lines[1]).toMatch(/^Orders +– +– +– +LedgerDamaged +–$/);
  expect(lines[2]).toMatch(/^Users +v1 +v2 +– +– +–$/);
});

it('says which version is half-way, by which run, and what ends it, unless a run is at it', () => {
  const at = '2026-01-02T10:00:00.000Z';
  const version = { table: 'Users', checksum: '1:0', run: 'r7', at } as const;
  const halfway = halfwayIn([
    { ...version, sequence: 1, status: 'applied' },
    { ...version, sequence: 2, status: 'rollingBack' },
    { ...version, sequence: 3, status: 'applying' },
  ]);

  expect(halfway).toEqual({
    halfway: [
      { sequence: 2, direction: 'down', run: 'r7', since: at },
      { sequence: 3, direction: 'up', run: 'r7', since: at },
    ],
  });
  expect(halfwayIn([])).toEqual({});
  const lines = statusLines([{ table: 'Users', applied: [1], pending: [2, 3], ...halfway }], plain).join('\n');
  expect(lines).toContain('v2 is half-way down: run r7 began it (2026-01-02 10:00:00) and did not end it');
  expect(lines).toContain('v3 is half-way up: run r7');
  expect(lines).toContain('`dynamodt up Users` applies all of them, `dynamodt down Users --to 1` takes all of them back');
  const reached = new Map([[3, { pass: 1, segmentsDone: 3, totalSegments: 4, counters: countersWith({ changed: 39, failed: 1 }) }]]);
  const far = (underWay?: string) => {
    const now = halfwayIn([{ ...version, sequence: 3, status: 'applying' }], reached, underWay);
    return statusLines([{ table: 'Users', applied: [], pending: [3], ...now }], plain).join('\n');
  };
  expect(far()).toContain('did not end it; changed 39, failed 1, in pass 1 with 3 of 4 segments done; `dynamodt up Users` applies');
  expect(far('r7')).toMatch(/applying v3: run r7, since 2026-01-02 10:00:00; changed 39, failed 1, in pass 1 with 3 of 4 segments done$/);
});

it('puts many warnings of one kind into one line', () => {
  const warning = (sequence: number) => ({ name: 'MissingTransformation' as const, sequence, message: `Users v${sequence} has no file.` });
  const changed = { name: 'ChecksumMismatch' as const, sequence: 9, message: 'It changed.' };

  expect(warningLines([warning(1), warning(2), warning(3), changed], plain)).toHaveLength(4);
  expect(warningLines([...Array.from({ length: 50 }, (_, index) => warning(index + 1)), changed], plain)).toEqual([
    'warning MissingTransformation for v1–v50. Of v1: Users v1 has no file.',
    'warning ChecksumMismatch: It changed.',
  ]);
});

it('shows that the stage does not have a table', () => {
  expect(statusLines([{ table: 'Carts', applied: [], pending: [], noTable: true }], plain)[1]).toMatch(/^Carts +none +no table here +–/);
});

it.each([
  [50, 12.3, 'used up to 12.30 of 50 USD'],
  [0.002, 0.00193, 'used up to 0.00193 of 0.002 USD'],
])('shows what is used of a limit of money with enough digits, also of a small one', (amount, used, text) => {
  const progress = { sequence: 2, pass: 1, segmentsDone: 1, totalSegments: 4, scanned: 0, counters: countersWith({}), share: 0.2 };
  const maxCost = { amount, used, currency: 'USD', since: '2026-01-02T10:00:00.000Z' };
  const run = { ...aStatusRun({ progress }), status: 'running' as const, maxCost };
  expect(statusLines([{ table: 'Users', applied: [], pending: [], run }], plain).join('\n')).toContain(text);
});
