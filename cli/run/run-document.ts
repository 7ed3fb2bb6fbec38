import * as z from 'zod';
import type { RecordedError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { type Counters, noCounters } from '../../core/ledger/counters.ts';
import { holdersOf, type Pause } from '../../core/ledger/pause.ts';
import type { Run } from '../../core/ledger/run.ts';
import type { FileWarning } from '../../core/run/file-warnings.ts';
import { commandToUndo, howToGoOn } from '../../core/run/run-commands.ts';
import type { RunInput } from '../../core/run/run-input.ts';
import { type SegmentFault, segmentFaults } from '../progress/segment-faults.ts';
import type { HoldShown } from '../terminal/hold-shown.ts';
import type { PreparedShown } from '../terminal/prepared-shown.ts';
import { type SweptTogether, sweptTogether } from '../terminal/swept-together.ts';
import { executionFailure } from './execution-failure.ts';
import type { Followed } from './follow-run.ts';

/** What `up` and `down` print with `--json`. Fields may be added, but not changed. */
export interface RunDocument extends SweptTogether {
  table: string;
  direction: 'up' | 'down';
  dryRun: boolean;
  /** Only preparations were gathered. */
  prepareOnly: boolean;
  /** Null if no sequence was pending, the start was refused, or the run is not known yet. */
  run: string | null;
  /** ARN */
  execution: string;
  /** `paused`: the run has paused itself at its limit of changes (`pauseAfter`), and waits to be resumed. */
  status: 'running' | 'paused' | 'succeeded' | 'nothingToDo' | 'failed' | 'stopped' | 'aborted' | 'timedOut';
  sequences: number[];
  counters: Counters;
  error?: RecordedError;
  /** Who keeps the run paused, if it has paused itself. */
  paused?: Pause;
  /** The command that undoes what the run did, if it has paused itself. */
  undoneBy?: string;
  /** If the run ended as too many segments failed: by which errors. */
  faults?: SegmentFault[];
  /** Only of `prepare`: what it gathered. */
  prepared?: PreparedShown[];
  /** Of `up`: versions of the table whose file is not deployed. Of `prepare`: versions that were prepared before earlier ones were applied. */
  warnings?: FileWarning[];
  /** Only of `up`: an operator's order to apply only versions below a number. */
  hold?: HoldShown;
  /** Only of `up` for all tables: the folder has no table in this stage, and was left out. */
  noTable?: true;
  /** Only of `down`: versions that the next start without `--to` would apply again. */
  pendingAgain?: number[];
}

export type RunAsked = Pick<RunInput, 'table' | 'direction' | 'dryRun' | 'prepareOnly'>;

/** The output of `transform-table`. */
const Result = z.object({ decision: z.string() });

/** A run that continues without being followed. */
export function runningDocument(
  { table, direction, dryRun, prepareOnly }: RunAsked,
  execution: string,
  followed: Partial<Pick<RunDocument, 'run' | 'sequences' | 'counters'>> = {},
): RunDocument {
  return {
    table,
    direction,
    dryRun,
    prepareOnly,
    run: null,
    execution,
    status: 'running',
    sequences: [],
    counters: noCounters(),
    ...followed,
  };
}

/** A run that has paused itself. */
export function pausedDocument(document: RunDocument, pause: Pause, run: Run | undefined): RunDocument {
  const undoneBy = run ? { undoneBy: commandToUndo(run) } : {};
  return { ...document, status: 'paused', paused: { ...pause, holders: holdersOf(pause) }, ...undoneBy };
}

/** A run that has ended. @param counters of the whole run @param checkpoints of its last pass */
export function endedDocument(
  asked: RunAsked,
  arn: string,
  { execution, run }: Followed,
  counters: Counters,
  checkpoints: readonly Checkpoint[] = [],
): RunDocument {
  const faults = segmentFaults(execution.error, checkpoints);
  const document = {
    ...runningDocument(asked, arn, { run: run?.id ?? null, sequences: run?.steps.map(({ sequence }) => sequence) ?? [], counters }),
    ...(run ? sweptTogether(run) : {}),
  };
  if (execution.status === 'running') return document;
  if (execution.status === 'succeeded') {
    const nothing = execution.output !== undefined && Result.parse(JSON.parse(execution.output)).decision === 'nothingToDo';
    return { ...document, status: nothing ? 'nothingToDo' : 'succeeded' };
  }
  const thrown = executionFailure(execution, run ? howToGoOn(run) : 'The same command tries again.', faults);
  // An execution keeps name and message of an error; the run's record also keeps its typed fields.
  const error = { ...(run?.error?.name === thrown.name ? run.error : {}), ...thrown };
  return { ...document, status: error.name === 'Stopped' ? 'stopped' : execution.status, error, ...(faults.length > 0 ? { faults } : {}) };
}
