import { describe, expect, it } from 'vitest';
import { page } from '../../../cli/page/page.ts';
import { readsOfPass } from '../../../cli/page/segment-reads.ts';
import { parametersInWords } from '../../../cli/parameters/parameters-text.ts';
import { planText } from '../../../cli/plan/plan-text.ts';
import type { HistoryDocument, PartEntry } from '../../../cli/status/history-document.ts';
import { historyText } from '../../../cli/status/history-text.ts';
import { statusLines } from '../../../cli/status/status-text.ts';
import { maskedSecret } from '../../../core/ledger/given.ts';
import { parametersOf } from '../../../core/ledger/run.ts';
import type { TablePlan } from '../../../core/plan/table-plan.ts';
import { aLargePicture } from '../../cli/large-picture.ts';
import { aStatusRun, countersWith } from '../../support/run-records.ts';

type Entry = HistoryDocument['runs'][number];

const plain = { styled: (_: string, text: string) => text };
const given = { parameters: '{"days":30,"prefix":"A#","token":{"encrypted":"c2VjcmV0"}}', secrets: ['token'], startedAt: 1 };
const inWords = 'days=30, prefix="A#", token=(secret)';
const step = { sequence: 3, checksum: '1:a', prepares: false };

describe('parameters in texts', () => {
  it('mask secrets, escape control characters, and cut long values', () => {
    expect(parametersInWords({ days: 30, token: maskedSecret, list: ['\u001b[2J'] })).toBe('days=30, token=(secret), list=["\\u001b[2J"]');
    expect(parametersInWords({ text: 'x'.repeat(4000) }).length).toBeLessThan(120);
  });

  it('stand in the history at their version, and at a run that gave others', () => {
    const run: Pick<Entry, 'direction' | 'prepareOnly' | 'status' | 'sequences' | 'execution' | 'counters'> = {
      direction: 'up',
      prepareOnly: false,
      status: 'succeeded',
      sequences: [3],
      execution: 'arn:x',
      counters: countersWith({}),
    };
    const part: PartEntry = { part: 1, begun: 'start', status: 'succeeded', execution: 'arn:x', steps: [], counters: countersWith({}) };
    const at = (minute: number): string => `2026-01-02T10:0${minute}:00.000Z`;
    const document: HistoryDocument = {
      table: 'Users',
      versions: [
        {
          sequence: 3,
          status: 'applied',
          state: 'applied',
          checksum: '1:a',
          run: 'r2',
          at: at(3),
          parameters: parametersOf({ steps: [{ ...step, given }] })['3'],
        },
      ],
      runs: [
        {
          ...run,
          run: 'r2',
          dryRun: false,
          startedAt: at(2),
          parameters: { 3: { days: 30, prefix: 'A#', token: maskedSecret } },
          parts: [{ ...part, startedAt: at(2) }],
        },
        {
          ...run,
          run: 'r1',
          dryRun: true,
          startedAt: at(1),
          parameters: { 3: { days: 7, prefix: 'A#' } },
          parts: [{ ...part, startedAt: at(1) }],
        },
      ],
      refusedStarts: [],
    };

    const lines = historyText(document, plain);

    expect(lines.filter((line) => line.includes('days='))).toEqual([`  v3 with ${inWords}`, '  v3 with days=7, prefix="A#"']);
    expect(lines.findIndex((line) => line.includes('days=7'))).toBe(lines.findIndex((line) => line.startsWith('r1 ')) + 1);
  });

  it('stand in the status of the run, in its page and in a plan', () => {
    const parameters = parametersOf({
      steps: [
        { ...step, given },
        { ...step, sequence: 4 },
      ],
    });
    const status = statusLines(
      [{ table: 'Users', applied: [], pending: [3, 4], run: aStatusRun({ sequences: [3, 4], status: 'failed', parameters }) }],
      plain,
    );
    const picture = aLargePicture();
    const drawn = page({ ...picture, run: { ...picture.run, steps: [{ ...step, given }] } });
    const version = {
      sequence: 3,
      file: 'Users/v3.ts',
      checksum: '1:a',
      status: 'pending',
      deployed: null,
      seeds: 0,
      trial: null,
      notTried: 'why not',
    } as const;
    const plan: TablePlan = {
      table: 'Users',
      tableName: 'users',
      ok: true,
      size: null,
      sample: null,
      estimate: null,
      problems: [],
      notes: [],
      applied: [],
      versions: [{ ...version, parameters: parameters['3'] ?? {} }],
    };

    expect(status.filter((line) => line.includes('days='))).toEqual([`  v3 with ${inWords}`]);
    expect(drawn).toContain('<dt>parameters of v3</dt><dd><code>days=30, prefix=&#34;A#&#34;, token=(secret)</code></dd>');
    expect(drawn).not.toContain('c2VjcmV0');
    expect(planText(plan, plain, false)).toContain(`  v3 with ${inWords}`);
  });
});

describe('what a segment of a page reads', () => {
  const run = { totalSegments: 8 };

  it('is said by places in the list of partitions, and never by their values', () => {
    const { totalSegments, summary, ofSegment } = readsOfPass(
      { ...run, steps: [{ ...step, scope: { kind: 'partitions', index: 'GSI1', partitions: 17, checksum: 'c', segments: 17 } }] },
      undefined,
      3,
    );
    expect(totalSegments).toBe(8);
    expect(summary).toBe('Each segment is a part of the 17 partitions of index GSI1 that `only` gives.');
    expect(ofSegment?.(0)).toBe('3 of 17 partitions: number 1, and each 8th after it');
    expect(ofSegment?.(7)).toBe('2 of 17 partitions: number 8, and each 8th after it');
  });

  it('is one partition if there are segments enough, or a slice of the index', () => {
    const scoped = (scope: NonNullable<Parameters<typeof readsOfPass>[0]['steps'][number]['scope']>) =>
      readsOfPass({ ...run, steps: [{ ...step, scope }] }, undefined, 3);
    expect(scoped({ kind: 'partitions', partitions: 2, checksum: 'c', segments: 2 })).toMatchObject({ totalSegments: 2 });
    expect(scoped({ kind: 'partitions', partitions: 2, checksum: 'c', segments: 2 }).ofSegment?.(1)).toBe('partition 2 of 2');
    expect(scoped({ kind: 'index', index: 'sparse', segments: 4 }).ofSegment?.(1)).toBe('slice 2 of 4 of index sparse');
    const ofScan = readsOfPass({ ...run, steps: [step] }, undefined, 3);
    expect(ofScan.totalSegments).toBe(8);
    expect(ofScan.ofSegment).toBeUndefined();
  });

  it('stands in the table of the segments', () => {
    const picture = aLargePicture();
    const [checkpoint] = picture.passes[0]?.checkpoints ?? [];
    const scope = { kind: 'index', index: 'sparse', segments: 4 } as const;
    const drawn = page({
      ...picture,
      run: { ...picture.run, steps: [{ ...step, sequence: 4, scope }] },
      passes: picture.passes.map((pass) => ({ ...pass, checkpoints: checkpoint ? [checkpoint] : [] })),
    });
    expect(drawn).toContain('<td data-label="reads">slice 4 of 4 of index sparse</td>');
    expect(drawn).toContain('3 not begun');
  });
});
