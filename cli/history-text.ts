import type { HistoryDocument } from './history-document.ts';
import { between, moment, versions as versionsInWords, whole } from './in-words.ts';
import type { Output } from './output.ts';
import { statusText } from './status-word.ts';
import { type Column, textTable } from './text-table.ts';

type VersionEntry = HistoryDocument['versions'][number];
type RunEntry = HistoryDocument['runs'][number];

/** The history of a table as two tables. */
export const historyText = ({ table, versions, runs }: HistoryDocument, output: Pick<Output, 'styled'>): string[] => {
  const title = output.styled('bold', table);
  if (versions.length === 0 && runs.length === 0) return [`${title}  nothing was run yet`];
  const [versionTitles = '', ...versionLines] = textTable(versionColumns(versions, runs, output), versions);
  const [runTitles = '', ...runLines] = textTable(runColumns(output), runs);
  return [
    title,
    ...(versions.length > 0 ? [output.styled('dim', versionTitles), ...versionLines, ''] : []),
    output.styled('dim', runTitles),
    ...runLines,
  ];
};

const versionColumns = (
  versions: readonly VersionEntry[],
  runs: readonly RunEntry[],
  output: Pick<Output, 'styled'>,
): Column<VersionEntry>[] => {
  const figure = (title: string, of: (counters: NonNullable<VersionEntry['counters']>) => number): Column<VersionEntry> => ({
    title,
    of: ({ counters }) => (counters ? whole(of(counters)) : '–'),
    align: 'right',
  });
  return [
    { title: 'version', of: ({ sequence }) => `v${sequence}` },
    { title: 'status', of: ({ status }) => statusText(status, output) },
    { title: 'when (UTC)', of: ({ at }) => moment(at) },
    figure('changed', ({ changed }) => changed),
    figure('kept', ({ kept }) => kept),
    figure('failed', ({ failed }) => failed),
    figure('read units', ({ readUnits }) => readUnits),
    figure('write units', ({ writeUnits }) => writeUnits),
    { title: 'duration', of: (version) => durationOf(version, versions, runs), align: 'right' },
  ];
};

/** From the end of the version before it in its run, or from the run's start. */
const durationOf = (version: VersionEntry, versions: readonly VersionEntry[], runs: readonly RunEntry[]): string => {
  const run = runs.find((candidate) => candidate.run === version.run);
  if (!run || !version.counters) return '–';
  const position = run.sequences.indexOf(version.sequence);
  if (position === 0) return between(run.startedAt, version.at);
  const before = versions.find(({ sequence }) => sequence === run.sequences[position - 1]);
  return between(before?.run === run.run ? before.at : undefined, version.at);
};

const runColumns = (output: Pick<Output, 'styled'>): Column<RunEntry>[] => [
  { title: 'run', of: ({ run }) => run },
  {
    title: 'direction',
    of: ({ direction, dryRun, prepareOnly }) => (prepareOnly ? 'prepare' : dryRun ? `${direction} (dry run)` : direction),
  },
  { title: 'versions', of: ({ sequences }) => versionsInWords(sequences) },
  { title: 'status', of: ({ status }) => statusText(status, output) },
  { title: 'started (UTC)', of: ({ startedAt }) => moment(startedAt) },
  { title: 'duration', of: ({ startedAt, endedAt }) => between(startedAt, endedAt), align: 'right' },
  { title: 'error', of: ({ error }) => error?.name ?? '' },
];
