import type { Counters } from '../core/counters.ts';
import { duration, versions, whole } from './in-words.ts';
import type { Output } from './output.ts';
import type { RunDocument } from './run-document.ts';

/** The end of a run in a few lines. @param milliseconds how long its execution took; undefined where that is not the question @param passes undefined where they are not known */
export const runText = (
  document: RunDocument,
  { styled }: Pick<Output, 'styled'>,
  milliseconds: number | undefined,
  passes: number | undefined,
): string[] => {
  const { table, direction, dryRun, prepareOnly, status, run, sequences, counters } = document;
  if (status === 'nothingToDo') return [`${table}: nothing to do`];
  const ok = status === 'succeeded';
  const what = `${table} ${sequences.length > 0 ? `${versions(sequences)} ` : ''}${prepareOnly ? 'prepare' : direction}${dryRun ? ' (dry run)' : ''}`;
  const head = `${ok ? styled('green', '✓') : styled('red', '✗')} ${styled('bold', what)} ${inWords[status]}${milliseconds === undefined ? '' : `${ok ? ' in' : ' after'} ${duration(milliseconds)}`}`;
  if (run === null || prepareOnly) return [head];
  return [`${head} ${styled('dim', `(run ${run})`)}`, ...countersText(counters, dryRun, passes).map((line) => `  ${line}`)];
};

const inWords: Record<RunDocument['status'], string> = {
  running: 'running',
  succeeded: 'succeeded',
  nothingToDo: 'nothing to do',
  failed: 'failed',
  stopped: 'was stopped',
  aborted: 'was aborted',
  timedOut: 'timed out',
};

/** What became of the items. What is zero most of the time is named only where it is not. */
const countersText = (counters: Counters, dryRun: boolean, passes: number | undefined): string[] => {
  const { scanned, changed, unchanged, kept, differing, vanished, contended, failed, inserted, deleted, readUnits, writeUnits } = counters;
  const rare = { inserted, deleted, vanished, conflicts: contended };
  const items = [
    `${dryRun ? 'would change' : 'changed'} ${whole(changed)}`,
    ...Object.entries(rare).flatMap(([name, value]) => (value > 0 ? [`${name} ${whole(value)}`] : [])),
    `unchanged ${whole(unchanged)}`,
    `kept ${whole(kept)}${differing > 0 ? ` (${whole(differing)} differing)` : ''}`,
    `failed ${whole(failed)}`,
  ];
  const over = passes === undefined ? '' : ` in ${passes} ${passes === 1 ? 'pass' : 'passes'}`;
  return [items.join(' · '), `scanned ${whole(scanned)}${over} · consumed ${whole(readUnits)} read and ${whole(writeUnits)} write units`];
};
