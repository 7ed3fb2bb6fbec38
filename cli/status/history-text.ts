import type { RecordedError } from '../../core/errors.ts';
import type { Pause } from '../../core/ledger/pause.ts';
import { versionList } from '../../core/ledger/version-list.ts';
import { parametersInWords, type ShownParameters } from '../parameters/parameters-text.ts';
import { between, duration, holdersInWords, moment, whole } from '../terminal/in-words.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import { adoptedInWords, shortChecksum } from './adopted-text.ts';
import type { HistoryDocument, RefusedEntry } from './history-document.ts';
import { starterText } from './starter-text.ts';
import { statusText } from './status-word.ts';
import { stateText } from './version-words.ts';

type VersionEntry = HistoryDocument['versions'][number];
type RunEntry = HistoryDocument['runs'][number];

/** One line of the list of runs: a part of a run, or a start that was refused. */
interface Row {
  run: string;
  what: string;
  sequences: readonly number[];
  status: string;
  changed?: number | undefined;
  startedAt?: string | undefined;
  endedAt?: string | undefined;
  execution: string;
  error?: RecordedError | undefined;
  /** What it gives versions, if that is not what the list of versions shows. */
  given?: readonly string[];
  startedBy?: string | undefined;
  reason?: string | undefined;
  paused?: Pause;
}

/** The history of a table as two tables: its versions, and what was run, newest first. */
export function historyText({ table, versions, runs, refusedStarts }: HistoryDocument, output: Pick<Output, 'styled'>): string[] {
  const title = output.styled('bold', table);
  const rows = [...runs.flatMap((run) => rowsOf(run, versions, output)), ...refusedStarts.map((start) => refusedRow(start, output))];
  if (versions.length === 0 && rows.length === 0) return [`${title}  no run yet`];
  rows.sort((a, b) => ageOf(b) - ageOf(a));
  const [versionTitles = '', ...versionLines] = textTable(versionColumns(output), versions);
  const [rowTitles = '', ...rowLines] = textTable(rowColumns, rows);
  return [
    title,
    ...(versions.length > 0 ? [output.styled('dim', versionTitles), ...versionLines, ...versions.flatMap(versionDetails)] : []),
    ...(versions.length > 0 && rows.length > 0 ? [''] : []),
    ...(rows.length > 0
      ? [output.styled('dim', rowTitles), ...rows.flatMap((row, index) => [rowLines[index] ?? '', ...rowDetails(row)])]
      : []),
  ];
}

function rowsOf(
  { run, status, paused, parts, sequences, parameters = {}, ...asked }: RunEntry,
  versions: readonly VersionEntry[],
  output: Pick<Output, 'styled'>,
): Row[] {
  const others = Object.entries(parameters).filter(([sequence, given]) => !isShownAt(versions, Number(sequence), given));
  const given = others.map(([sequence, values]) => `v${sequence} with ${parametersInWords(values)}`);
  const isSuperseded = status === 'superseded';
  const isResting = (part: Pick<RunEntry, 'status'>, index: number): boolean =>
    paused !== undefined && index === parts.length - 1 && part.status === 'running';
  return parts
    .map(({ begun, ...part }, index): Row => {
      const superseded = isSuperseded && index === parts.length - 1 && part.status !== status ? ', superseded' : '';
      const { startedAt, startedBy, reason, endedAt, execution, error, counters } = part;
      return {
        run,
        what: `${askedInWords(asked)}${begun === 'start' ? '' : `, ${begun}`}`,
        sequences,
        status: `${isResting(part, index) ? statusText('paused', output) : statusText(part.status, output)}${superseded}`,
        ...(paused && isResting(part, index) ? { paused } : {}),
        changed: counters.changed,
        startedAt,
        startedBy,
        reason,
        endedAt,
        execution,
        error,
        given: index === 0 ? given : [],
      };
    })
    .reverse();
}

function refusedRow({ at, execution, error, startedBy, reason, ...asked }: RefusedEntry, { styled }: Pick<Output, 'styled'>): Row {
  const what = askedInWords(asked);
  return {
    run: '–',
    what,
    sequences: [],
    status: styled('red', 'refused'),
    startedAt: at,
    startedBy,
    reason,
    endedAt: undefined,
    execution,
    error,
  };
}

function askedInWords({ direction, dryRun, prepareOnly, again }: Pick<RunEntry, 'direction' | 'dryRun' | 'prepareOnly' | 'again'>): string {
  if (prepareOnly) return 'prepare';
  return `${direction}${again ? ' again' : ''}${dryRun ? ' (dry run)' : ''}`;
}

/** A redrive that has taken no decision yet is the newest. */
function ageOf({ startedAt }: Row): number {
  return startedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(startedAt);
}

/** Under the line of the row: what it gave, and the complete error, or who keeps the run paused. */
function rowDetails({ error, paused, given = [], ...starter }: Row): string[] {
  const standing = paused ? [`paused ${holdersInWords(paused)}`] : error?.message ? [error.message] : [];
  return [...starterText(starter), ...given, ...standing].map((line) => `  ${line}`);
}

function isShownAt(versions: readonly VersionEntry[], sequence: number, given: ShownParameters): boolean {
  const shown = versions.find((version) => version.sequence === sequence)?.parameters;
  return shown !== undefined && parametersInWords(shown) === parametersInWords(given);
}

function versionDetails({ sequence, adopted = [], checksum, parameters }: VersionEntry): string[] {
  return [
    ...(parameters ? [`  v${sequence} with ${parametersInWords(parameters)}`] : []),
    ...adopted.map((code) => `  ${adoptedInWords({ sequence, checksum, ...code })}`),
  ];
}

function versionColumns(output: Pick<Output, 'styled'>): Column<VersionEntry>[] {
  const figure = (title: string, of: (counters: NonNullable<VersionEntry['counters']>) => number): Column<VersionEntry> => ({
    title,
    of: ({ counters }) => (counters ? whole(of(counters)) : '–'),
    align: 'right',
  });
  return [
    { title: 'version', of: ({ sequence }) => `v${sequence}` },
    { title: 'status', of: ({ state }) => stateText(state, output) },
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

const rowColumns: Column<Row>[] = [
  { title: 'run', of: ({ run }) => run },
  { title: 'direction', of: ({ what }) => what },
  { title: 'versions', of: ({ sequences }) => versionList(sequences) || '–' },
  { title: 'status', of: ({ status }) => status },
  { title: 'changed', of: ({ changed }) => (changed === undefined ? '–' : whole(changed)), align: 'right' },
  { title: 'started (UTC)', of: ({ startedAt }) => (startedAt ? moment(startedAt) : '–') },
  { title: 'duration', of: ({ startedAt, endedAt }) => between(startedAt, endedAt), align: 'right' },
  { title: 'execution', of: ({ execution }) => execution.slice(execution.lastIndexOf(':') + 1) },
  { title: 'error', of: ({ error }) => error?.name ?? '' },
];
