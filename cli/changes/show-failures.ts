import type { LedgerReader } from '../../aws/ledger/reading/ledger-reader.ts';
import type { FailedRecord, KeptRecord } from '../../core/journal/journal-record.ts';
import { type ShownImage, showImage } from '../../core/plan/mask-value.ts';
import { type DatedReports, type Reported, reportsOf } from '../../core/segment/undo/reports-of.ts';
import { diffLines } from '../plan/diff-text.ts';
import { whole } from '../terminal/in-words.ts';
import { jsonText } from '../terminal/json-text.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import { type AskedKey, isAbout } from './asked-key.ts';
import { type AskedVersion, type JournaledRun, reportedRun, reportedSegments } from './journaled-segments.ts';
import { writeLinesTo } from './lines-to.ts';

export interface FailuresAsked {
  version: AskedVersion;
  key: AskedKey | undefined;
  /** Wall-clock milliseconds. */
  since: number | undefined;
  run: string | undefined;
  showValues: boolean;
  to: string | undefined;
}

/** An item as `--json` and `--to` show it with `--failures`. Fields may be added, but not changed. */
export interface ShownFailure {
  key: ShownImage;
  table: string;
  outcome: 'failed' | 'kept';
  /** Of a failed item. `place` is in the team's file, `target` the item that stood in the way. */
  error?: { name: string; message: string; place?: string | undefined; target?: ShownImage; targetTable?: string | undefined };
  run: string;
  pass: number;
  segment: number;
  at: string | undefined;
}

/** What `changes --failures` prints with `--json`. Fields may be added, but not changed. */
export interface FailuresDocument {
  table: string;
  sequence: number;
  run: string;
  counts: Record<ShownFailure['outcome'], number>;
  to?: string | undefined;
  /** Undefined with `--to`. */
  failures?: ShownFailure[] | undefined;
}

/** A document is one text in memory. */
const maxInDocument = 10_000;

/**
 * Shows each item that failed in the last pass of a run over a version, and each of which an undo left something as it is.
 *
 * @returns the exit code
 * @throws RunError, UsageError
 */
export async function showFailures(asked: FailuresAsked, journals: DatedReports, { service, output }: Invocation): Promise<number> {
  const { version, showValues, to } = asked;
  const { table, sequence } = version;
  const taken = await reportedRun(version, asked.run, service.ledger);
  const isAsked = asked.key ? isAbout(asked.key, table, taken.control.shape) : () => true;
  const counts: FailuresDocument['counts'] = { failed: 0, kept: 0 };
  const each = async (show: (failure: ShownFailure) => Promise<void> | void): Promise<void> => {
    for await (const reported of failuresOf(version, taken, { ledger: service.ledger, journals }, asked.since)) {
      if (!isAsked({ table, key: reported.record.key })) continue;
      const failure = shownFailure(reported, table, showValues);
      counts[failure.outcome]++;
      await show(failure);
    }
  };
  const failures: ShownFailure[] = [];
  if (to !== undefined) await writeLinesTo(to, service, (line) => each((failure) => line(jsonText(failure))));
  else if (output.json) await each((failure) => void failures.push(withinDocument(failure, failures)));
  else await each((failure) => output.text(failureLines(failure, output)));

  const document: FailuresDocument = { table, sequence, run: taken.run, counts, ...(to === undefined ? { failures } : { to }) };
  output.document(document);
  output.text([summary(document), ...(showValues || isNone(counts) ? [] : ['Keys are masked: --show-values shows them.'])]);
  return 0;
}

/** What the reports of a run say of items that failed in its last pass over a version, and of those that an undo left as they are. */
export async function* failuresOf(
  version: Pick<AskedVersion, 'table' | 'sequence'>,
  taken: JournaledRun,
  { ledger, journals }: { ledger: LedgerReader; journals: DatedReports },
  since?: number,
): AsyncGenerator<Reported<FailedRecord | KeptRecord>> {
  for await (const { isLastPass, ...segment } of reportedSegments(version, taken, ledger))
    for await (const reported of reportsOf([segment], journals, since)) {
      const { record } = reported;
      // Reports of versions that were swept together stand with those of the first.
      if (record.kind === 'failed' && (record.sequence ?? version.sequence) !== version.sequence) continue;
      // A later pass looked at items that failed in one before it again.
      if (record.kind === 'change' || (record.kind === 'failed' && !isLastPass)) continue;
      yield { ...reported, record };
    }
}

export function shownFailure(
  { record, run, pass, segment, at }: Reported<FailedRecord | KeptRecord>,
  table: string,
  withValues: boolean,
): ShownFailure {
  const item = { key: showImage(record.key, withValues), table };
  if (record.kind === 'kept') return { ...item, outcome: 'kept', run, pass, segment, at };
  const { name, message, place, target, targetTable } = record;
  const error = { name, message, place, ...(target ? { target: showImage(target, withValues) } : {}), targetTable };
  return { ...item, outcome: 'failed', error, run, pass, segment, at };
}

function failureLines({ key, outcome, error }: ShownFailure, output: Invocation['output']): string[] {
  const [title] = diffLines(outcome, [{ key, item: 'changed', attributes: [], inserts: [] }], output);
  return [title ?? '', ...(error ? [`  ${error.name}${error.place === undefined ? '' : ` at ${error.place}`}: ${error.message}`] : [])];
}

function withinDocument(failure: ShownFailure, failures: readonly ShownFailure[]): ShownFailure {
  if (failures.length < maxInDocument) return failure;
  throw new UsageError(
    `There are more than ${whole(maxInDocument)} items, which is the limit of one JSON document. Write JSON lines to a file, \`--to failures.jsonl\`, or ask for fewer by --key, --since or --run.`,
  );
}

function summary({ table, sequence, run, counts, to }: FailuresDocument): string {
  const of = `${table} v${sequence} by run ${run}`;
  if (isNone(counts)) return `No report says of an item of ${of} that it failed, or was kept by an undo.`;
  const kept = counts.kept > 0 ? [`${whole(counts.kept)} kept`] : [];
  const failed = counts.failed > 0 ? [`${whole(counts.failed)} failed`] : [];
  return `Items of ${of}: ${[...failed, ...kept].join(', ')}${to === undefined ? '' : `, in ${to}`}`;
}

function isNone({ failed, kept }: FailuresDocument['counts']): boolean {
  return failed + kept === 0;
}
