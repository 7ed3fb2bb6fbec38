import { between, duration, moment, versions as versionsInWords, whole } from '../terminal/in-words.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import type { HistoryDocument } from './history-document.ts';
import { statusText } from './status-word.ts';

type VersionEntry = HistoryDocument['versions'][number];
type RunEntry = HistoryDocument['runs'][number];

/** The history of a table as two tables. */
export function historyText({ table, versions, runs }: HistoryDocument, output: Pick<Output, 'styled'>): string[] {
  const title = output.styled('bold', table);
  if (versions.length === 0 && runs.length === 0) return [`${title}  no run yet`];
  const [versionTitles = '', ...versionLines] = textTable(versionColumns(output), versions);
  const [runTitles = '', ...runLines] = textTable(runColumns(output), runs);
  return [
    title,
    ...(versions.length > 0 ? [output.styled('dim', versionTitles), ...versionLines] : []),
    ...(versions.length > 0 && runs.length > 0 ? [''] : []),
    ...(runs.length > 0
      ? [output.styled('dim', runTitles), ...runs.flatMap((run, index) => [runLines[index] ?? '', ...errorLines(run)])]
      : []),
  ];
}

/** The complete error of a run, under its line. */
function errorLines({ error }: RunEntry): string[] {
  return error?.message ? [`  ${error.message}`] : [];
}

function versionColumns(output: Pick<Output, 'styled'>): Column<VersionEntry>[] {
  const figure = (title: string, of: (counters: NonNullable<VersionEntry['counters']>) => number): Column<VersionEntry> => ({
    title,
    of: ({ counters }) => (counters ? whole(of(counters)) : '–'),
    align: 'right',
  });
  return [
    { title: 'version', of: ({ sequence }) => `v${sequence}` },
    { title: 'status', of: ({ status }) => statusText(status, output) },
    { title: 'when (UTC)', of: ({ at }) => moment(at) },
    { title: 'by', of: byWhom },
    {
      title: 'checksum',
      of: ({ checksum, repaired, preparationInsteadOf }) =>
        `${shortChecksum(checksum)}${repaired ? ' (repaired)' : ''}${preparationInsteadOf ? ' (prepared anew: what it used before is lost)' : ''}`,
    },
    figure('changed', ({ changed }) => changed),
    figure('kept', ({ kept }) => kept),
    figure('failed', ({ failed }) => failed),
    figure('read units', ({ readUnits }) => readUnits),
    figure('write units', ({ writeUnits }) => writeUnits),
    { title: 'duration', of: ({ milliseconds }) => (milliseconds === undefined ? '–' : duration(milliseconds)), align: 'right' },
  ];
}

/** The run that applied the version, which the list below shows with its execution; or the operator who marked it as applied. */
function byWhom({ run, by }: VersionEntry): string {
  return by ? `${run} by ${by}` : run;
}

/** `1:0f3a9c21`, enough to tell checksums apart; `--json` has the complete checksum. */
function shortChecksum(checksum: string): string {
  return checksum.replace(/^(\d+:\w{8})\w*$/, '$1');
}

function runColumns(output: Pick<Output, 'styled'>): Column<RunEntry>[] {
  return [
    { title: 'run', of: ({ run }) => run },
    {
      title: 'direction',
      of: ({ direction, dryRun, prepareOnly }) => (prepareOnly ? 'prepare' : dryRun ? `${direction} (dry run)` : direction),
    },
    { title: 'versions', of: ({ sequences }) => versionsInWords(sequences) },
    { title: 'status', of: ({ status }) => statusText(status, output) },
    { title: 'started (UTC)', of: ({ startedAt }) => moment(startedAt) },
    { title: 'duration', of: ({ startedAt, endedAt }) => between(startedAt, endedAt), align: 'right' },
    { title: 'execution', of: ({ execution }) => execution.slice(execution.lastIndexOf(':') + 1) },
    { title: 'error', of: ({ error }) => error?.name ?? '' },
  ];
}
