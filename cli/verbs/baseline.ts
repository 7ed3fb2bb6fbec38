import type { VersionStatus } from '../../core/ledger/versions/version.ts';
import { type Baseline, baselineVersions, sequencesToBaseline } from '../../core/run/versions/baseline-versions.ts';
import { baselineAsOf } from '../../core/run/versions/reset-versions.ts';
import { operator } from '../operator.ts';
import { sequenceFrom } from '../options.ts';
import { oneTableAsked, type TableAsked } from '../tables-asked.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

/** What `baseline` prints with `--json`. Fields may be added, but not changed. */
export interface BaselineDocument {
  table: string;
  /** Sequences that this call marked as applied. */
  baselined: number[];
  /** Sequences that were applied already. */
  already: number[];
  /** Sequences that the predecessor recorded, and that were not marked because no file with this number is deployed. */
  missing: number[];
  /** Only with --as-of: sequences that are pending now. */
  reset?: number[];
}

/** Marks versions as applied without running them. */
export const baseline: Verb = {
  name: 'baseline',
  summary: 'mark versions as applied without running them, because the table has their shape already',
  example: 'baseline Users --to 3',
  addOptions: (command) => {
    command
      .option('--to <n>', 'the highest version to mark; all below it are marked too', sequenceFrom)
      .option('--as-of <time>', 'the table was restored: keep what was applied at that time (ISO 8601), and make later versions pending')
      .option('--from-predecessor', 'mark what dynamo-data-transform has recorded as applied in the table itself');
  },
  run: async (invocation) => {
    const { service, output, options } = invocation;
    const { to, fromPredecessor, asOf } = options as { to?: number; fromPredecessor?: true; asOf?: string };
    if (asOf !== undefined) return restored(asOf, invocation);
    if (to === undefined && !fromPredecessor)
      throw new UsageError('Give the versions to mark as applied: `dynamodt baseline Users --to 3`, --from-predecessor, or --as-of.');
    const asked = await oneTableAsked(invocation, 'baseline');
    const { table, files } = asked;
    const sequences = fromPredecessor ? await recordedByPredecessor(asked, service) : undefined;
    const tableId = await service.tables.id(asked.tableName ?? table);
    const meant: Baseline = { table, files, to, sequences, by: operator(), tableId, now: new Date().toISOString() };
    const amended = await service.amend(table, (versions) => baselineVersions(meant, versions));
    const { deployed, missing } = sequencesToBaseline(meant);
    const baselined = amended.map(({ after }) => after.sequence);
    const document: BaselineDocument = { table, baselined, already: deployed.filter((each) => !baselined.includes(each)), missing };
    output.document(document);
    output.text([...baselineText(document), ...(sequences?.length === 0 ? [nothingRecorded] : [])]);
    return 0;
  },
};

const nothingRecorded =
  '  dynamo-data-transform has recorded nothing in this table. Check the table; if it has the shape of some versions all the same, say which with --to';

/** The table was restored as it was at a moment. */
async function restored(asOf: string, invocation: Invocation): Promise<number> {
  const { service, output, options } = invocation;
  if (options['to'] !== undefined || options['fromPredecessor']) throw new UsageError('--as-of goes without --to and --from-predecessor.');
  if (Number.isNaN(Date.parse(asOf)))
    throw new UsageError(`"${asOf}" is not a time. Give it as in \`dynamodt baseline Users --as-of 2026-01-31T12:00:00Z\`.`);
  const { table, tableName = table } = await oneTableAsked(invocation, 'baseline');
  const meant = { table, tableId: await service.tables.id(tableName), by: operator(), now: new Date().toISOString() };
  const amended = await service.amend(table, (versions) => baselineAsOf(new Date(asOf).toISOString(), meant, versions));
  const sequencesOf = (status: VersionStatus) => amended.filter(({ after }) => after.status === status).map(({ after }) => after.sequence);
  const document: BaselineDocument = {
    table,
    baselined: sequencesOf('applied'),
    already: [],
    missing: [],
    reset: sequencesOf('rolledBack'),
  };
  output.document(document);
  output.text(baselineText(document));
  return 0;
}

function recordedByPredecessor({ table, tableName }: TableAsked, service: Invocation['service']): Promise<number[]> {
  return service.tables.executedByPredecessor(tableName ?? table);
}

function baselineText({ table, baselined, already, missing, reset = [] }: BaselineDocument): string[] {
  return [
    baselined.length > 0 ? `${table}: ${versionsInWords(baselined)} marked as applied` : `${table}: nothing to mark`,
    ...(already.length > 0 ? [`  ${versionsInWords(already)} applied already`] : []),
    ...(reset.length > 0 ? [`  ${versionsInWords(reset)} pending again, as the table was restored to a time before`] : []),
    ...(missing.length > 0
      ? [`  ${versionsInWords(missing)} not marked: no file with this number is deployed, and later versions do not need it`]
      : []),
  ];
}
