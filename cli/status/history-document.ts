import type { LedgerReader } from '../../aws/ledger/reading/ledger-reader.ts';
import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { RecordedError } from '../../core/errors.ts';
import { isAbout } from '../../core/ledger/checkpoint.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import { shownIfAny } from '../../core/ledger/given.ts';
import type { Lock } from '../../core/ledger/lock.ts';
import { holdersOf, type Pause } from '../../core/ledger/pause.ts';
import type { RefusedStart } from '../../core/ledger/refused-start.ts';
import { parametersOf, type Run } from '../../core/ledger/run.ts';
import { numberOf, type RunPart } from '../../core/ledger/run-part.ts';
import type { RunStatus } from '../../core/ledger/run-status.ts';
import { worksOf } from '../../core/ledger/sweep.ts';
import { baselineRun, isHalfway, type Version, type VersionCode } from '../../core/ledger/versions/version.ts';
import { type VersionState, versionState } from '../../core/ledger/versions/version-state.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import type { ShownParameters } from '../parameters/parameters-text.ts';
import { observeRun } from '../progress/observe-run.ts';
import { progressOf } from '../progress/progress.ts';
import { mustAskExecution, reconcileRun } from '../progress/reconcile-run.ts';
import type { TableAsked } from '../tables-asked.ts';
import { type SweptTogether, sweptTogether } from '../terminal/swept-together.ts';
import { type FollowShown, followShown } from './follow-shown.ts';

/** What `history` prints with `--json` for a table. Fields may be added, but not changed. */
export interface HistoryDocument {
  table: string;
  /** The versions, in the order of their sequences. */
  versions: VersionEntry[];
  /** The runs, newest first. */
  runs: RunEntry[];
  /** Newest first; kept for a year. */
  refusedStarts: RefusedEntry[];
  /** What following the table's stream did, by version; only if it is followed. */
  follow?: FollowShown;
}

/** What one start or one redrive did of a run. An ended part never changes. */
export interface PartEntry {
  /** Counts the parts of the run from 1. */
  part: number;
  /** By what it began: the start of the run, a later start that went on with it, or a redrive of its execution. */
  begun: 'start' | 'continued' | 'redrive';
  status: RunStatus;
  /** Undefined for a redrive that has taken no decision yet. */
  startedAt?: string | undefined;
  startedBy?: string | undefined;
  reason?: string | undefined;
  endedAt?: string | undefined;
  execution: string;
  /** The sequences with the code by which it took them, as far as it came. */
  steps: { sequence: number; checksum: string }[];
  /** Of the run up to the end of this part. */
  counters: Counters;
  error?: RecordedError | undefined;
}

/** A start that was refused: it took no table. */
export interface RefusedEntry extends Omit<RefusedStart, 'table' | 'id' | 'redriveCount'> {}

/** A version that was marked as applied has the run `baseline` and the operator who marked it, but no execution and no counters. */
interface VersionEntry extends Omit<Version, 'table' | 'preparation' | 'isCovered' | 'given' | 'codes'> {
  codes?: readonly Omit<VersionCode, 'given'>[] | undefined;
  /** What its functions were given; secrets are masked. */
  parameters?: ShownParameters | undefined;
  /** How it stands, in one word: a half-way version whose run has ended is `halfwayUp` or `halfwayDown`. */
  state: VersionState;
  /** The preparation that the version was applied with: the SHA-256 of the ciphertext. */
  preparation?: string | undefined;
  /** The one that was used before, and could not be read any more. */
  preparationInsteadOf?: string | undefined;
  /** Milliseconds from the end of the previous version of the run, or from the run's start, to its own end; undefined while it is under way. */
  milliseconds?: number | undefined;
}

interface RunEntry extends SweptTogether {
  run: string;
  status: RunStatus;
  direction: Direction;
  dryRun: boolean;
  prepareOnly: boolean;
  /** It swept a version that was applied already. */
  again?: boolean | undefined;
  sequences: number[];
  /** What it gives the functions of its versions, by sequence; secrets are masked. */
  parameters?: Readonly<Record<string, ShownParameters>> | undefined;
  startedAt: string;
  /** Who started it last, and why. */
  startedBy?: string | undefined;
  reason?: string | undefined;
  endedAt?: string | undefined;
  execution: string;
  counters: Counters;
  error?: RecordedError | undefined;
  /** Who keeps it paused. */
  paused?: Pause;
  /** The earliest first. What stands beside them is the run as it is now. */
  parts: PartEntry[];
}

/** Parts that are read for each run, on average: most runs have one. */
const partsPerRun = 5;

/** The versions and runs of a table. @param limit max number of runs, newest first; starts that were refused before them are left out, too */
export async function historyDocument(service: DeployedService, asked: TableAsked, limit: number): Promise<HistoryDocument> {
  const { ledger } = service;
  const { table } = asked;
  const [versions, runs, lock, parts, refused, follow] = await Promise.all([
    ledger.versions(table),
    ledger.runs(table, limit),
    ledger.lock(table),
    ledger.parts(table, partsPerRun * limit),
    ledger.refusedStarts(table, limit),
    followShown(service, asked, false),
  ]);
  const since = runs.length === limit ? (runs.at(-1)?.startedAt ?? '') : '';
  const known = [...runs, ...(await runsBefore(runs, versions, service, table))];
  const standing = new Map(await Promise.all(known.map(async (run) => [run.id, await asItStands(service, run, lock)] as const)));
  const worked = await Promise.all(versions.map((version) => withPresentWork(version, ledger)));
  return {
    table,
    versions: worked.map(({ table: _, preparation, isCovered: __, given, codes, ...version }) => {
      const parameters = shownIfAny(given);
      return {
        ...version,
        ...(codes ? { codes: codes.map(({ given: ___, ...code }) => code) } : {}),
        ...(parameters ? { parameters } : {}),
        state: versionState(version, { isUnderWay: standing.get(version.run)?.status === 'running' }),
        preparation: preparation?.version,
        preparationInsteadOf: preparation?.insteadOf,
        milliseconds: durationOf(version, versions, known),
      };
    }),
    runs: runs.map((run) => {
      const now: Standing = standing.get(run.id) ?? run;
      const kept = parts.filter(({ id }) => id === run.id).sort((a, b) => a.part - b.part);
      const { paused } = now;
      return { ...entryOf(now, partsOf(run, now, kept)), ...(paused ? { paused: { ...paused, holders: holdersOf(paused) } } : {}) };
    }),
    refusedStarts: refused.filter(({ at }) => at >= since).map(({ table: _, id: __, redriveCount: ___, ...start }) => start),
    ...(follow ? { follow } : {}),
  };
}

/** Runs of versions that are older than the listed runs. */
async function runsBefore(runs: readonly Run[], versions: readonly Version[], { ledger }: DeployedService, table: string): Promise<Run[]> {
  const unlisted = new Set(versions.map(({ run }) => run).filter((id) => id !== baselineRun && !runs.some((run) => run.id === id)));
  const found = await Promise.all([...unlisted].map((id) => ledger.run(table, id)));
  return found.filter((run) => run !== undefined);
}

function durationOf(
  version: Pick<Version, 'run' | 'sequence' | 'at' | 'status'>,
  versions: readonly Version[],
  runs: readonly Run[],
): number | undefined {
  const { run: id, sequence, at } = version;
  const run = runs.find((candidate) => candidate.id === id);
  if (!run || isHalfway(version)) return undefined;
  const own = run.steps.findIndex((step) => step.sequence === sequence);
  // Versions that were swept together took the same time.
  const position = run.steps.findLastIndex(({ joins }, index) => index <= own && !joins);
  const before = versions.find((version) => version.sequence === run.steps[position - 1]?.sequence && version.run === id);
  if (position < 0 || (position > 0 && !before)) return undefined;
  return Date.parse(at) - Date.parse(before?.at ?? run.startedAt);
}

interface Standing extends Run {
  paused?: Pause | undefined;
}

/** A run, with its status and counters corrected from its execution and its checkpoints, and who keeps it paused. */
async function asItStands(service: DeployedService, run: Run, lock: Lock | undefined): Promise<Standing> {
  if (!mustAskExecution(run, lock)) return run;
  const [execution, observation] = await Promise.all([service.execution(run.execution), observeRun(service.ledger, run)]);
  const now = reconcileRun(run, execution);
  const counters = observation ? { counters: progressOf(observation, undefined).counters } : {};
  return { ...now, ...counters, paused: now.status === 'running' ? observation?.control.marks.paused : undefined };
}

/** A version that a run is at, or left half-way, with what was done for it so far. */
async function withPresentWork(version: Version, ledger: LedgerReader): Promise<Version> {
  if (!isHalfway(version)) return version;
  const control = await ledger.control(version.run);
  if (!control || !isAbout(control, version.sequence) || control.ended) return version;
  const checkpoints = await ledger.checkpoints(version.run, control.pass);
  const { counters = version.counters } = worksOf(control, [...checkpoints.values()]).get(version.sequence) ?? {};
  return { ...version, counters };
}

/** What the run was and is. @param kept earlier parts, the earliest first */
function partsOf(run: Run, now: Run, kept: readonly RunPart[]): PartEntry[] {
  const all: StartedPart[] = kept.map((part) => ({ ...part, startedAt: part.partStartedAt ?? part.startedAt }));
  // The last part of a superseded run is kept, too.
  if (!kept.some(({ part }) => part === numberOf(run))) {
    const isRedriveUnrecorded = now.status === 'running' && run.status !== 'running';
    const startedAt = run.partStartedAt ?? run.startedAt;
    if (isRedriveUnrecorded) all.push({ ...run, startedAt }, { ...now, part: numberOf(run) + 1, startedAt: undefined });
    else all.push({ ...now, startedAt });
  }
  return all.map((part, index) => partEntryOf(part, all[index - 1]));
}

type StartedPart = Omit<Run, 'startedAt'> & { startedAt: string | undefined };

function partEntryOf(part: StartedPart, before: StartedPart | undefined): PartEntry {
  const { status, startedAt, startedBy, reason, endedAt, execution, steps, counters, error } = part;
  const number = numberOf(part);
  const begun = number === 1 ? 'start' : before?.execution === execution ? 'redrive' : 'continued';
  const codes = steps.map(({ sequence, checksum }) => ({ sequence, checksum }));
  return { part: number, begun, status, startedAt, startedBy, reason, endedAt, execution, steps: codes, counters, error };
}

function entryOf(run: Run, parts: PartEntry[]): RunEntry {
  const { id, status, direction, dryRun, prepareOnly, again, steps, startedAt, startedBy, reason, endedAt, execution, counters, error } =
    run;
  const parameters = parametersOf(run);
  return {
    run: id,
    status,
    direction,
    dryRun,
    prepareOnly,
    ...(again ? { again } : {}),
    ...sweptTogether(run),
    sequences: steps.map(({ sequence }) => sequence),
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    startedAt,
    startedBy,
    reason,
    endedAt,
    execution,
    counters,
    error,
    parts,
  };
}
