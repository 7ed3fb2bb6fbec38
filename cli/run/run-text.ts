import { countOf } from '../../core/count-of.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import { isPausedByCost } from '../../core/ledger/limits/pause-after.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { duration, holdersInWords, versions, whole } from '../terminal/in-words.ts';
import type { Output } from '../terminal/output.ts';
import { togetherInWords } from '../terminal/swept-together.ts';
import { textTable } from '../terminal/text-table.ts';
import type { RunDocument } from './run-document.ts';

/** Durations and versions of a run, beside its document. */
export interface Course {
  /** Duration of its execution, in milliseconds. */
  milliseconds?: number | undefined;
  /** Milliseconds in which the run scanned its items; left out if other executions scanned a part of them. */
  scanningMs?: number | undefined;
  passes?: number | undefined;
  /** The versions that the run settled. */
  versions?: readonly (Pick<Version, 'sequence' | 'counters'> & { passes?: number | undefined })[];
}

/** The end of a run in a few lines. */
export function runText(document: RunDocument, { styled }: Pick<Output, 'styled'>, course: Course = {}): string[] {
  const { milliseconds, versions: settled = [] } = course;
  const { table, direction, dryRun, prepareOnly, status, run, sequences } = document;
  if (status === 'nothingToDo') return [document.noTable ? `${table}: no table here, left out` : `${table}: nothing to do`];
  const ok = status === 'succeeded';
  const sign = ok ? styled('green', '✓') : status === 'paused' || status === 'running' ? styled('yellow', '▸') : styled('red', '✗');
  const by = document.paused ? ` ${holdersInWords(document.paused)}` : '';
  const what = `${table} ${sequences.length > 0 ? `${versions(sequences)} ` : ''}${prepareOnly ? 'prepare' : direction}${dryRun ? ' (dry run)' : ''}`;
  const head = `${sign} ${styled('bold', what)} ${inWords[status]}${by}${milliseconds === undefined ? '' : `${ok ? ' in' : ' after'} ${duration(milliseconds)}`}`;
  if (run === null || prepareOnly) return [head];
  return [
    `${head} ${styled('dim', `(run ${run})`)}`,
    ...[...countersText(document, course), ...versionsText(settled, styled)].map((line) => `  ${line}`),
  ];
}

/** What an operator can do with a run that has paused itself. */
export function nextStepsText({ table, direction, counters, paused, undoneBy }: RunDocument): string[] {
  const next = isPausedByCost(paused) ? '--max-cost <amount>' : `--pause-after ${10 * Math.max(1, counters.changed)}`;
  return [
    `  \`dynamodt resume ${table}\` goes on without a limit, \`dynamodt resume ${table} ${next}\` takes the next step`,
    ...(undoneBy === undefined
      ? []
      : [`  \`${undoneBy}\` ${direction === 'up' ? 'takes back what it changed' : 'changes again what it took back'}`]),
  ];
}

const inWords: Record<RunDocument['status'], string> = {
  running: 'running',
  paused: 'is paused',
  succeeded: 'succeeded',
  nothingToDo: 'nothing to do',
  failed: 'failed',
  stopped: 'was stopped',
  aborted: 'was aborted',
  timedOut: 'timed out',
};

/** The outcomes of the items. Counters that are usually zero are shown only if they are not. */
function countersText({ counters, dryRun, sequences, ...swept }: RunDocument, { passes, scanningMs }: Course): string[] {
  const { scanned, changed, unchanged, kept, differing, vanished, contended, failed, moved, throttled, readUnits, writeUnits } = counters;
  // A moved item is one that was deleted and inserted.
  const [inserted, deleted] = [counters.inserted - moved, counters.deleted - moved];
  const rare = { moved, inserted, deleted, vanished, conflicts: contended };
  const items = [
    `${dryRun ? 'would change' : 'changed'} ${whole(changed)}`,
    ...Object.entries(rare).flatMap(([name, value]) => (value > 0 ? [`${name} ${whole(value)}`] : [])),
    `unchanged ${whole(unchanged)}`,
    `kept ${whole(kept)}${differing > 0 ? ` (${whole(differing)} differing)` : ''}`,
    `failed ${whole(failed)}`,
  ];
  const how = togetherInWords(swept);
  const versionsOver = sequences.length > 1 ? ` over ${sequences.length} versions${how === undefined ? '' : ` (${how})`}` : '';
  const over = passes === undefined ? '' : ` in ${countOf(passes, 'pass', 'passes')}${versionsOver}`;
  const consumed = dryRun
    ? `consumed ${countOf(readUnits, 'read unit')}${writeUnits > 0 ? `, would consume ${countOf(writeUnits, 'write unit')}` : ''}`
    : `consumed ${whole(readUnits)} read and ${whole(writeUnits)} write units`;
  const rate = scanningMs && scanned > 0 ? `, ${whole((scanned / scanningMs) * 1000)}/s` : '';
  const slowed = throttled > 0 ? ` · ${countOf(throttled, 'throttled request')}` : '';
  return [items.join(' · '), `scanned ${whole(scanned)}${over}${rate} · ${consumed}${slowed}`];
}

/** The counters of each version, if there are several. */
function versionsText(settled: NonNullable<Course['versions']>, styled: Output['styled']): string[] {
  const known = settled.flatMap(({ sequence, counters, passes }) => (counters ? [{ sequence, counters, passes }] : []));
  if (known.length < 2) return [];
  const column = (title: string, name: keyof Counters) => ({
    title,
    of: ({ counters }: { counters: Counters }) => whole(counters[name]),
    align: 'right' as const,
  });
  const [titles = '', ...lines] = textTable(
    [
      { title: 'version', of: ({ sequence }: { sequence: number }) => `v${sequence}` },
      ...(known.some(({ passes }) => passes !== undefined)
        ? [
            {
              title: 'passes',
              of: ({ passes }: { passes: number | undefined }) => (passes === undefined ? '–' : whole(passes)),
              align: 'right' as const,
            },
          ]
        : []),
      column('changed', 'changed'),
      column('unchanged', 'unchanged'),
      column('kept', 'kept'),
      column('scanned', 'scanned'),
      column('read units', 'readUnits'),
      column('write units', 'writeUnits'),
    ],
    known,
  );
  return [styled('dim', titles), ...lines];
}
