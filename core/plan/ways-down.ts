import { isJournaled } from '../journal/is-journaled.ts';
import type { Run } from '../ledger/run.ts';
import { baselineRun, isInTable, type Version } from '../ledger/versions/version.ts';
import { versionState } from '../ledger/versions/version-state.ts';
import { planRun } from '../run/plan-run.ts';
import { parseRunInput } from '../run/run-input.ts';
import { expiryOf, type JournalTime, journalProblem, journalUntil } from '../run/undo-by-journal.ts';
import type { CatalogFile } from '../transformation/catalog.ts';
import type { DownPlan, WayDown } from './down-plan.ts';
import { refusalOf } from './findings/file-problems.ts';
import { deploymentOf, isLoaded, type LocalFile } from './local-file.ts';

/** What is known of the table. */
export interface DownPlanned {
  table: string;
  files: readonly LocalFile[];
  versions: readonly Version[];
  catalog: readonly Pick<CatalogFile, 'sequence' | 'checksum' | 'formerChecksums'>[];
  /** Newest first. */
  runs: readonly Run[];
  /** The run that holds the table. */
  holder: string | undefined;
}

type Time = JournalTime & { retentionDays: number };

/** Says of each version in the table how `down` takes it back, by the rules of a run. */
export function waysDown(planned: DownPlanned, exact: boolean, time: Time): DownPlan {
  const versions = planned.versions.filter(isInTable).toSorted((a, b) => b.sequence - a.sequence);
  const ways = versions.map((version) => wayDown(version, planned, exact, time));
  const to = ways.find(({ way }) => way === 'partly' || way === 'none')?.sequence ?? 0;
  return { exact, to, versions: ways };
}

function wayDown(version: Version, { table, files, catalog, runs, holder }: DownPlanned, exact: boolean, time: Time): WayDown {
  const { sequence } = version;
  const file = files.find((local) => local.sequence === sequence);
  const loaded = files.filter(isLoaded);
  const until = journalUntil(version, time.retentionDays);
  const problem = journalProblem(version, time);
  const known = {
    sequence,
    state: versionState(version, { isUnderWay: version.run === holder }),
    file: file?.file ?? null,
    deployed: file ? deploymentOf(file, catalog) : null,
    ...(problem === undefined ? {} : { noJournal: `${problem}${because(version, file)}` }),
    ...(problem !== undefined || until === undefined ? {} : { journalUntil: new Date(until).toISOString() }),
  };
  const input = parseRunInput({ table, direction: 'down', exact });
  const planOne = () => planRun(input, loaded, [version], undefined, time)[0];
  const refusal = refusalOf(planOne);
  if (!refusal && planOne()?.by === 'journal') return { ...known, way: 'journal' };
  if (!refusal && file && isLoaded(file))
    return { ...known, way: 'function', by: file.transformation.transformDown ? 'transformDown' : 'derived' };
  const { name, message } = (file && !isLoaded(file) ? file.problem : refusal) ?? {};
  const restoreBefore = restoreTime(version, runs);
  return {
    ...known,
    way: hasSomeJournal(version, time) ? 'partly' : 'none',
    ...(name === undefined || message === undefined ? {} : { refusal: { name, message } }),
    ...(restoreBefore === undefined ? {} : { restoreBefore }),
  };
}

/** Why there is no journal, as far as the file tells. */
function because({ journals, run }: Version, file: LocalFile | undefined): string {
  if (journals) return '';
  if (run === baselineRun) return ' (it was baselined, not applied by a run)';
  if (!file || !isLoaded(file)) return '';
  if (file.transformation.journal === 'none') return " (its file says journal: 'none')";
  return isJournaled(file.transformation) ? ' (it was applied before journals were kept)' : ' (it only adds)';
}

/** True if a journal of a run that is not complete, or in part expired, is still kept. */
function hasSomeJournal({ squashed, journals = [] }: Version, { now, retentionDays }: Time): boolean {
  const newest = journals.at(-1);
  return !squashed && newest !== undefined && now <= expiryOf(newest, retentionDays);
}

/** When the first run began that brought the version into the table since it was last taken out; undefined if that is not known. */
function restoreTime({ sequence, journals = [], hasUnjournaled }: Version, runs: readonly Run[]): string | undefined {
  let first = hasUnjournaled ? undefined : journals[0]?.at;
  for (const { direction, status, dryRun, prepareOnly, steps, startedAt } of runs) {
    if (dryRun || prepareOnly || !steps.some((step) => step.sequence === sequence)) continue;
    if (direction === 'down' && status === 'succeeded') break;
    if (direction === 'up') first = startedAt;
  }
  return first;
}
