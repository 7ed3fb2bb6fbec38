import * as z from 'zod';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { RunError } from '../../core/errors.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { changesOf, type RecordedChange } from '../../core/segment/undo/changes-of.ts';
import { dryChangesOf, reportsOf } from '../../core/segment/undo/reports-of.ts';
import { sequenceAsked } from '../options.ts';
import { tablesAsked } from '../tables-asked.ts';
import { whole } from '../terminal/in-words.ts';
import { jsonText } from '../terminal/json-text.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import { isAbout, readKey } from './asked-key.ts';
import { type AskedVersion, type JournaledRun, journaledRuns, journaledSegments, reportedSegments } from './journaled-segments.ts';
import { writeLinesTo } from './lines-to.ts';
import { showFailures } from './show-failures.ts';
import { changeLines, type ShownChange, shownChange } from './shown-change.ts';

const Options = z.object({
  key: z.string().optional(),
  since: z.string().optional(),
  run: z.string().optional(),
  showValues: z.boolean().default(false),
  to: z.string().optional(),
  failures: z.boolean().default(false),
});

/** What `changes` prints with `--json`. Fields may be added, but not changed. */
export interface ChangesDocument {
  table: string;
  sequence: number;
  /** The runs whose journals were read, the newest first. */
  runs: string[];
  /** The run was a dry run: it would have made these changes. */
  dry?: true | undefined;
  /** False if other runs changed items for the version without a journal. */
  isComplete: boolean;
  /** Changed items: one that was changed several times counts each time. */
  counts: Counts;
  /** The file that has the changes; undefined without `--to`. */
  to?: string | undefined;
  /** Undefined with `--to`. */
  changes?: ShownChange[] | undefined;
}

type Counts = Record<RecordedChange['does'], number>;

/** A document is one text in memory. */
const maxInDocument = 10_000;

/**
 * Shows what runs changed for a version, or writes it to a file.
 *
 * @returns the exit code
 * @throws RunError, OperatorError, UsageError
 */
export async function showChanges(invocation: Invocation): Promise<number> {
  const { table, service, output, options } = invocation;
  const { key, since, run, showValues, to, failures } = Options.parse(options);
  const sequence = sequenceAsked(options);
  if (table === undefined || sequence === undefined)
    throw new UsageError('Name the table and the version: `dynamodt changes Users --sequence 3`.');
  const asked = { key: key === undefined ? undefined : readKey(key), since: since === undefined ? undefined : timeOf(since) };
  await tablesAsked(invocation);
  const versions = await service.ledger.versions(table);
  const taken = versions.find((known) => known.sequence === sequence);
  if (!taken && run === undefined) throw unknownVersion(table, sequence, versions);
  const version: AskedVersion = taken ?? { table, sequence };
  const kept = (await service.catalog())?.preparations;
  if (!kept)
    throw new OperatorError(
      'ServiceNotFound',
      'The ledger does not say in which bucket journals are kept. Deploy the service, then repeat the command.',
    );

  const journals = await service.journals(kept);
  if (failures) return showFailures({ ...asked, version, run, showValues, to }, journals, invocation);
  const runs = await journaledRuns(version, run, service.ledger);
  const isAsked = filterOf(asked.key, table, runs);
  const counts: Counts = { insert: 0, update: 0, delete: 0 };
  const [dry] = runs.filter(({ isDry }) => isDry);
  const recorded = dry
    ? dryChangesOf(table, reportsOf(reportedSegments(version, dry, service.ledger), journals, asked.since))
    : changesOf(journaledSegments(version, runs, service.ledger), journals, asked.since);
  const each = async (show: (change: ShownChange) => Promise<void> | void): Promise<void> => {
    for await (const change of recorded) {
      if (!isAsked(change)) continue;
      counts[change.does]++;
      await show(shownChange(change, showValues));
    }
  };
  const changes: ShownChange[] = [];
  if (to !== undefined) await writeLinesTo(to, service, (line) => each((change) => line(jsonText(change))));
  else if (output.json) await each((change) => void changes.push(withinDocument(change, changes)));
  else await each((change) => output.text(changeLines(change, table, output)));

  const isComplete = dry !== undefined || version.hasUnjournaled === undefined;
  const document: ChangesDocument = {
    table,
    sequence,
    runs: runs.map(({ run }) => run),
    ...(dry ? { dry: true } : {}),
    isComplete,
    counts,
    ...(to === undefined ? { changes } : { to }),
  };
  output.document(document);
  if (!isComplete) output.say(`Not all changes are here: another run changed items for ${table} v${sequence} without a journal.`);
  output.text([summary(document), ...(showValues || isNone(counts) ? [] : ['Keys and values are masked: --show-values shows them.'])]);
  return 0;
}

function filterOf(
  key: ReturnType<typeof readKey> | undefined,
  table: string,
  runs: readonly JournaledRun[],
): (change: Pick<RecordedChange, 'key' | 'table' | 'run'>) => boolean {
  if (!key) return () => true;
  const filters = new Map(runs.map(({ run, control }) => [run, isAbout(key, table, control.shape)]));
  return (change) => filters.get(change.run)?.(change) ?? false;
}

function withinDocument(change: ShownChange, changes: readonly ShownChange[]): ShownChange {
  if (changes.length < maxInDocument) return change;
  throw new UsageError(
    `There are more than ${whole(maxInDocument)} changes, which is the limit of one JSON document. Write JSON lines to a file, \`--to changes.jsonl\`, or ask for fewer by --key, --since or --run.`,
  );
}

function summary({ table, sequence, runs, counts, to, dry }: ChangesDocument): string {
  const of = `${table} v${sequence} by ${runs.length === 1 ? `run ${runs[0]}` : `${runs.length} runs`}`;
  if (isNone(counts)) return `No such change of ${of} is in its journal.`;
  const { update, delete: deleted, insert } = counts;
  const parts = [part(update, 'updated'), part(deleted, 'deleted'), part(insert, 'inserted')].flat();
  return `${dry ? 'Would be changed, items' : 'Items'} of ${of}: ${parts.join(', ')}${to === undefined ? '' : `, in ${to}`}`;
}

function part(count: number, word: string): string[] {
  return count > 0 ? [`${whole(count)} ${word}`] : [];
}

function isNone(counts: Counts): boolean {
  return Object.values(counts).every((count) => count === 0);
}

/** @returns wall-clock milliseconds @throws UsageError */
function timeOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError('--since takes a time in ISO 8601, such as 2026-11-27T10:00:00Z, or a day, such as 2026-11-27 (UTC).');
  return time;
}

function unknownVersion(table: string, sequence: number, versions: readonly Version[]): RunError {
  const known = versions.map((version) => `v${version.sequence}`).join(', ');
  return new RunError(
    'InvalidInput',
    `The ledger knows no ${table} v${sequence}. ${known ? `It knows ${known}.` : 'No run has taken a version of the table yet.'}`,
    { fields: { table, sequence } },
  );
}
