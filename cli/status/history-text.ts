import { countOf } from '../../core/count-of.ts';
import type { RecordedError } from '../../core/errors.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import type { Pause } from '../../core/ledger/pause.ts';
import { versionList } from '../../core/ledger/versions/version-list.ts';
import { parametersInWords, type ShownParameters } from '../parameters/parameters-text.ts';
import { between, duration, holdersInWords, moment, whole } from '../terminal/in-words.ts';
import type { Output } from '../terminal/output.ts';
import { togetherInWords } from '../terminal/swept-together.ts';
import { type Column, fittingTable } from '../terminal/text-table.ts';
import { wrapped } from '../terminal/wrapped.ts';
import { adoptedInWords, shortChecksum } from './adopted-text.ts';
import { followText } from './follow-text.ts';
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
  counters?: Counters | undefined;
  startedAt?: string | undefined;
  endedAt?: string | undefined;
  execution: string;
  error?: RecordedError | undefined;
  /** How it sweeps its versions, and what it gives them, if that is not what the list of versions shows. */
  given?: readonly string[];
  startedBy?: string | undefined;
  reason?: string | undefined;
  paused?: Pause;
}

/**
 * The history of a table as two tables: its versions, and what was run, newest first. On a terminal it fits the width: columns go to a line below
 * each row, and long lines are wrapped.
 */
export function historyText(
  { table, versions, runs, refusedStarts, follow }: HistoryDocument,
  output: Pick<Output, 'styled'> & Partial<Pick<Output, 'width'>>,
): string[] {
  const { width } = output;
  const title = output.styled('bold', table);
  const rows = [...runs.flatMap((run) => rowsOf(run, versions, output)), ...refusedStarts.map((start) => refusedRow(start, output))];
  if (versions.length === 0 && rows.length === 0) return [`${title}  no run yet`];
  rows.sort((a, b) => ageOf(b) - ageOf(a));
  const ofVersions = fittingTable(versionColumns(versions, output), versions, width);
  const ofRuns = fittingTable(rowColumns(rows), rows, width);
  const details = (lines: readonly string[]): string[] =>
    width === undefined ? [...lines] : lines.flatMap((line) => wrapped(line, '    ', width));
  return [
    title,
    ...(versions.length > 0
      ? [output.styled('dim', ofVersions.titles), ...ofVersions.rows.flat(), ...details(versions.flatMap(versionDetails))]
      : []),
    ...(follow ? details(followText(table, follow, output)) : []),
    ...(versions.length > 0 && rows.length > 0 ? [''] : []),
    ...(rows.length > 0
      ? [output.styled('dim', ofRuns.titles), ...rows.flatMap((row, index) => [...(ofRuns.rows[index] ?? []), ...details(rowDetails(row))])]
      : []),
  ];
}

function rowsOf(
  { run, status, paused, parts, sequences, parameters = {}, ...asked }: RunEntry,
  versions: readonly VersionEntry[],
  output: Pick<Output, 'styled'>,
): Row[] {
  const how = togetherInWords(asked);
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
        counters,
        startedAt,
        startedBy,
        reason,
        endedAt,
        execution,
        error,
        given: index === 0 ? [...(how === undefined ? [] : [how]), ...given] : [],
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

function versionDetails({ sequence, adopted = [], checksum, parameters, leftToFollower }: VersionEntry): string[] {
  return [
    ...(parameters ? [`  v${sequence} with ${parametersInWords(parameters)}`] : []),
    ...adopted.map((code) => `  ${adoptedInWords({ sequence, checksum, ...code })}`),
    ...(leftToFollower === undefined
      ? []
      : [
          `  v${sequence}: its last pass still brought up ${countOf(leftToFollower, 'item')} that older code had just written; what came after was left to the follower`,
        ]),
  ];
}

function versionColumns(versions: readonly VersionEntry[], output: Pick<Output, 'styled'>): Column<VersionEntry>[] {
  const figure = figureColumn<VersionEntry>;
  return [
    { title: 'version', of: ({ sequence }) => `v${sequence}` },
    { title: 'status', of: ({ state }) => stateText(state, output) },
    { title: 'when (UTC)', of: ({ at }) => moment(at) },
    { title: 'by', of: byWhom, leaves: 4 },
    {
      title: 'checksum',
      of: ({ checksum, repaired, preparationInsteadOf }) =>
        `${shortChecksum(checksum)}${repaired ? ' (repaired)' : ''}${preparationInsteadOf ? ' (prepared anew: what it used before is lost)' : ''}`,
      leaves: 1,
    },
    figure('changed', ({ changed }) => changed),
    ...rareColumns(versions),
    figure('kept', ({ kept }) => kept, 6),
    figure('failed', ({ failed }) => failed),
    figure('read units', ({ readUnits }) => readUnits, 2),
    figure('write units', ({ writeUnits }) => writeUnits, 3),
    {
      title: 'duration',
      of: ({ milliseconds }) => (milliseconds === undefined ? '–' : duration(milliseconds)),
      align: 'right',
      leaves: 7,
    },
  ];
}

/** The run that applied the version, which the list below shows with its execution; or the operator who marked it as applied. */
function byWhom({ run, by }: VersionEntry): string {
  return by ? `${run} by ${by}` : run;
}

function rowColumns(rows: readonly Row[]): Column<Row>[] {
  const figure = figureColumn<Row>;
  return [
    { title: 'run', of: ({ run }) => run },
    { title: 'direction', of: ({ what }) => what },
    { title: 'versions', of: ({ sequences }) => versionList(sequences) || '–', leaves: 7 },
    { title: 'status', of: ({ status }) => status },
    figure('changed', ({ changed }) => changed, 6),
    ...rareColumns(rows),
    { title: 'started (UTC)', of: ({ startedAt }) => (startedAt ? moment(startedAt) : '–'), leaves: 4 },
    { title: 'duration', of: ({ startedAt, endedAt }) => between(startedAt, endedAt), align: 'right', leaves: 3 },
    { title: 'execution', of: ({ execution }) => execution.slice(execution.lastIndexOf(':') + 1), leaves: 1 },
    { title: 'error', of: ({ error }) => error?.name ?? '', leaves: 2 },
  ];
}

interface Counted {
  counters?: Counters | undefined;
}

function figureColumn<Of extends Counted>(title: string, of: (counters: Counters) => number, leaves?: number): Column<Of> {
  return {
    title,
    of: ({ counters }) => (counters ? whole(of(counters)) : '–'),
    align: 'right',
    leaves,
  };
}

/** The columns of inserted, deleted and moved items, as far as there are any. A moved item is one that was deleted and inserted. */
function rareColumns<Of extends Counted>(rows: readonly Of[]): Column<Of>[] {
  const rare: Record<string, (counters: Counters) => number> = {
    inserted: ({ inserted, moved }) => inserted - moved,
    deleted: ({ deleted, moved }) => deleted - moved,
    moved: ({ moved }) => moved,
  };
  return Object.entries(rare)
    .filter(([, of]) => rows.some(({ counters }) => counters && of(counters) > 0))
    .map(([name, of]) => figureColumn(name, of, 5));
}
