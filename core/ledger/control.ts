import { ownValue } from '../own-value.ts';
import type { Direction } from '../transformation/contract.ts';
import type { ScopeRef } from '../transformation/scope-ref.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { BudgetSource } from './budget.ts';
import type { ControlEvent } from './control-event.ts';
import type { Counters } from './counters.ts';
import type { Given } from './given.ts';
import type { OnlyBetween } from './limits/hours.ts';
import type { MaxCost } from './limits/max-cost.ts';
import type { PauseAfter } from './limits/pause-after.ts';
import type { Pause } from './pause.ts';
import type { PreparationRef } from './preparation.ts';
import type { RunStep } from './run.ts';
import type { VersionCode } from './versions/version.ts';

/** What governs the workers of a run. Each of them reads it every few seconds. */
export interface Control {
  run: string;
  table: string;
  shape: TableShape;
  direction: Direction;
  dryRun: boolean;
  /** Of the present pass: those of the run, or fewer if it is about some items only. */
  totalSegments: number;
  /** Rises at takeover, new sequence, new code and redrive: a worker that knows a lower one is a zombie. */
  fence: number;
  /** Counts sweeps over the whole run. */
  pass: number;
  /** Index in the run's steps. */
  step: number;
  sequence: number;
  /** The only code by which this pass may be made; the parts of a run are compared by the whole bundle. */
  checksum: string;
  bundleChecksum?: string | undefined;
  /** `name@version` of each package in the bundle. */
  packages?: readonly string[] | undefined;
  /** `Users/v3_split_name.ts`; undefined in records of dynamodt 0.1.0. */
  file?: string | undefined;
  /** The present sequence's file exports `prepare`. */
  prepares: boolean;
  /** As in the step of the run: its code comes from the ledger, or it sets again what earlier codes gave. */
  kept?: true | undefined;
  rewrites?: readonly VersionCode[] | undefined;
  scope?: ScopeRef | undefined;
  /** As in the step of the run: each change is written to the journal before it is sent. */
  journals?: true | undefined;
  /** The part of a journal that the present pass takes back; undefined if the pass is made by code. */
  undoes?: JournalPart | undefined;
  /** The versions behind the present one that the present pass sweeps together with it; undefined if no pass of the run swept several. */
  together?: readonly TogetherStep[] | undefined;
  /** What the present sequence is given; undefined in records from before versions were given any. */
  given?: Given | undefined;
  /** Frozen for the present sequence; undefined if it needs none, or until the state Prepare has it. */
  preparation?: PreparationRef | undefined;
  /** In a dry run: the sequences whose result each item is given in memory before the present one is tried. */
  earlier: Pick<Control, 'sequence' | 'checksum' | 'bundleChecksum' | 'kept' | 'preparation' | 'given' | 'scope'>[];
  decision: RunDecision;
  budget: SharedBudget;
  /** With `pauseAfter`: max items that a worker changes in a segment during the present Map. */
  changesPerSegment?: number | undefined;
  /** When the hours end in which the run may write, in wall-clock milliseconds: workers leave then. Undefined if it may always write. */
  closesAt?: number | undefined;
  marks: Marks;
  convergence: Convergence;
  settled: SettledCounters;
  lease: Lease;
  /** Set when the run is over: nothing may be written any more. */
  ended: boolean;
}

/** A version that is swept together with the present one: its step, and what was done for it. */
export interface TogetherStep
  extends Pick<RunStep, 'sequence' | 'checksum' | 'bundleChecksum' | 'packages' | 'file' | 'given' | 'journals'> {
  /** As `sequence` and `isCovered` of {@link SettledCounters}. */
  counters?: Counters | undefined;
  isCovered?: boolean | undefined;
}

/** The journal of one pass of a run. */
export interface JournalPart {
  run: string;
  pass: number;
}

/** A part of a journal that one pass takes back. It has the number of segments of the pass that wrote the journal. */
export interface UndoPart extends JournalPart {
  totalSegments: number;
}

/** The last decision of StartRun, Prepare or SettlePass. */
export interface RunDecision {
  /** Counts the decisions taken for this run: the next one is written on condition that this is still the last. */
  number: number;
  /** A retried invocation returns it again. */
  kind: 'prepare' | 'transform' | 'wait' | 'quiet' | 'succeed';
  /** The redrive count of the execution when the decision was taken. */
  redriveCount: number;
  /** It ended a wait, so that whoever repeats it tells that the run was resumed. */
  resumed?: true | undefined;
}

/** The budget of the run, in capacity units a second (undefined for no limit), and among how many workers it is shared. */
export interface SharedBudget {
  writeUnits?: number | undefined;
  readUnits?: number | undefined;
  /** Why the limits are what they are. */
  writeUnitsSource?: BudgetSource | undefined;
  readUnitsSource?: BudgetSource | undefined;
  /** Of other tables into which versions of the run insert, by their logical names. */
  others?: Readonly<Record<string, OtherBudget>> | undefined;
  /** Write units of an average item, by the table's description. */
  itemUnits?: number | undefined;
  /** Max workers of a Map. */
  maxConcurrency: number;
  /** The run's input gives the max number: a Map has as many workers, also if fewer could use the budget. */
  isConcurrencyAsked?: boolean | undefined;
  /** Workers that share the budget: the max concurrency of the Map, and fewer when its last segments are under way. */
  workers: number;
  /** When a worker last looked how many are left, in wall-clock milliseconds since 1970. */
  sharedAt?: number | undefined;
}

/** The budget of another table, in write units a second; undefined for no limit. It is shared among the same workers. */
export interface OtherBudget {
  writeUnits?: number | undefined;
  writeUnitsSource?: BudgetSource | undefined;
}

/** The write units a second for another table: what an operator asks for by `throttle` holds for each table. */
export function otherWriteUnits({ writeUnits, writeUnitsSource, others = {} }: SharedBudget, table: string): number | undefined {
  return writeUnitsSource?.kind === 'throttle' ? writeUnits : ownValue(others, table)?.writeUnits;
}

/** What operators, alarms, workers and a waiting execution write beside the decisions; times are ISO 8601. */
export interface Marks {
  paused?: Pause | undefined;
  stopped?: { by: string; since: string; redriveCount: number } | undefined;
  /** How many items the run may change before it pauses itself; undefined for no limit. */
  pauseAfter?: PauseAfter | undefined;
  /** What the run may cost before it pauses itself; undefined for no limit. */
  maxCost?: MaxCost | undefined;
  /** The hours in which the run may write; undefined for any. */
  onlyBetween?: OnlyBetween | undefined;
  /** Of the execution that waits while the run is paused. */
  taskToken?: string | undefined;
  /** The newest of what was done to the run by these marks, the earliest first; undefined if nothing was. */
  events?: readonly ControlEvent[] | undefined;
  /** Failed items of this run, at least; above `maxFailures` the workers leave and the run fails. */
  failures: number;
  maxFailures: number;
}

/** What shows whether Maps and passes get on. A redrive, and a new sequence, begin with {@link freshConvergence}. */
export interface Convergence {
  /** The pass from which on passes are counted. */
  firstPass: number;
  /** Items that the pass before this one changed; undefined if there is none to compare with. */
  changedBefore?: number | undefined;
  /** When the present pass was decided on, if it follows another one by the same code: wall-clock milliseconds. */
  begunAt?: number | undefined;
  /** Finished segments and scanned items of this pass when the last Map began. */
  progressBefore: number;
  /** Maps in a row that brought no more of them. */
  mapsWithoutProgress: number;
}

/** Counters of the settled passes. */
export interface SettledCounters {
  /** Of the whole run, summed over its passes. */
  run: Counters;
  /** What this run and those before it did for the present version, see version-counters.ts. */
  sequence?: Counters | undefined;
  /** A pass for the present version came to the end of the table. */
  isCovered?: boolean | undefined;
}

/** How long workers may write without reading the control again, and whom a decision must wait for; in milliseconds. */
export interface Lease {
  leaseMs: number;
  /** How often a worker reads the control. */
  controlIntervalMs: number;
  /** A worker may have been left behind that still could write. */
  mayHaveZombies: boolean;
  /** The wait before the last decision takes effect, until no such worker's lease can hold any more. */
  quietMs: number;
  /**
   * Until when a write of this run, or of a run before it, can still be applied that ended without an answer, in wall-clock milliseconds.
   * Undefined if there is none.
   */
  lateUntil?: number | undefined;
  /** Until when nothing is written, since other code, another sequence or another direction must not meet such a late write. */
  quietUntil?: number | undefined;
  /** The lease of the follower of the table's stream; undefined if the table is not followed. */
  followLeaseMs?: number | undefined;
  /** The follower may have a write on its way that it decided on before the last decision: the next decision learns until when. */
  awaitsFollower?: true | undefined;
}

/** Max passes over a sequence. After the last of them the run fails if it still is not clean. */
export const maxPassesPerSequence = 10;

/** How many passes the sequence has had, with the present one, since its start or the last redrive. */
export function passesOf({ pass, convergence }: Pick<Control, 'pass' | 'convergence'>): number {
  return pass - convergence.firstPass + 1;
}

/** Nothing is known yet that could show that the run does not get on. */
export function freshConvergence(firstPass: number): Convergence {
  return { firstPass, changedBefore: undefined, begunAt: undefined, progressBefore: 0, mapsWithoutProgress: 0 };
}

/** The control with its next decision. */
export function withDecision(control: Control, kind: RunDecision['kind']): Control {
  return { ...control, decision: { ...control.decision, number: control.decision.number + 1, kind } };
}

/** Time limit of a worker's request, in milliseconds: one that was sent within the lease is answered or given up this long after its end. */
export const requestTimeoutMs = 5000;

/** Strongly consistent reads of one control record, by all workers together. */
const maxControlReadsPerSecond = 1000;

/**
 * How often a worker reads its control, and how long that lets it write, in milliseconds: with many workers more seldom, and longer.
 *
 * @param least as configured
 */
export function controlTimes(
  workers: number,
  least: { controlIntervalMs: number; leaseMs: number },
): { controlIntervalMs: number; leaseMs: number } {
  const controlIntervalMs = Math.max(least.controlIntervalMs, (workers / maxControlReadsPerSecond) * 1000);
  return { controlIntervalMs, leaseMs: Math.max(least.leaseMs, 3 * controlIntervalMs) };
}
