import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { ExecutionState } from '../../aws/step-functions.ts';
import { RunError } from '../../core/errors.ts';
import type { AttributeCount } from '../../core/ledger/attribute-counts.ts';
import { type Checkpoint, countPass } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import type { Prices } from '../../core/ledger/limits/prices.ts';
import type { Run } from '../../core/ledger/run.ts';
import { numberOf } from '../../core/ledger/run-part.ts';
import { summarizePass } from '../../core/ledger/settled-pass.ts';
import type { Timeline } from '../../core/ledger/timeline.ts';
import { quietWaitInWords, quietWaitOf } from '../progress/late-requests-text.ts';
import { type Observation, observeRun } from '../progress/observe-run.ts';
import { type Progress, progressOf } from '../progress/progress.ts';
import { progressNow } from '../progress/progress-now.ts';
import { mustAskExecution, reconcileRun } from '../progress/reconcile-run.ts';
import { type FollowShown, followShown } from '../status/follow-shown.ts';
import { billOfRun, type RunBill } from '../status/run-bill.ts';
import { runShown } from '../status/run-shown.ts';
import { segmentsWaiting } from '../status/status-document.ts';
import type { TableAsked } from '../tables-asked.ts';
import { moment } from '../terminal/in-words.ts';
import { eventsOfRun, type RunEvent } from './run-events.ts';

/** The data of one pass that the page draws. */
export interface PassPicture {
  pass: number;
  sequence: number;
  counters: Counters;
  timeline: Timeline | undefined;
  attributes: readonly AttributeCount[];
  /** Checkpoints of the segments; undefined if they expired, or are too many to read. */
  checkpoints: readonly Checkpoint[] | undefined;
}

/** A failed item; its key only if it was requested. */
export interface FailurePicture {
  sequence: number;
  segment: number;
  name: string;
  place?: string | undefined;
  key?: Record<string, unknown> | undefined;
}

/** How far a run is, and what it waits for. */
export interface UnderWay {
  /** Undefined if its control was deleted. */
  progress: Progress | undefined;
  /** Approximate number of items in its table; undefined if it is not known, or the version is about some items only. */
  itemCount: number | undefined;
  /** Sentences; empty if it works, or is paused. */
  waits: readonly string[];
}

/** All data that the page of a run shows. */
export interface RunPicture {
  run: Run;
  control: Control | undefined;
  /** Of the whole run. */
  counters: Counters;
  /** What it has cost until now; undefined if it consumed nothing. */
  bill: RunBill | undefined;
  passes: PassPicture[];
  failures: FailurePicture[];
  withKeys: boolean;
  /** What was done to it, the earliest first. */
  events: readonly RunEvent[];
  /** Only of a run that is under way. */
  underWay: UnderWay | undefined;
  /** What the follower of the table's stream did until now; undefined if the table is not followed. */
  follow?: FollowShown | undefined;
  /** One sentence for each part that could not be drawn, with the reason. */
  missing: string[];
  /** When the page was drawn, ISO 8601. */
  at: string;
}

/** What to draw. */
export interface PictureAsks {
  /** The run; if left out, the one that `status` shows. */
  id: string | undefined;
  withKeys: boolean;
  /** Prices in place of the list. */
  prices?: Prices | undefined;
  /** Max number of settled passes whose segments are read, the newest first, for a page that is drawn again and again. */
  passesShown?: number | undefined;
  now: Date;
}

/** Max number of parts of runs that are read for one page, the newest first. */
const maxParts = 100;
/** Max number of checkpoints that are read for one page. */
const maxCheckpoints = 20_000;

/**
 * Reads all that the page of a run shows.
 *
 * @throws RunError InvalidInput: if there is no such run
 */
export async function pictureRun(
  service: DeployedService,
  asked: TableAsked,
  { id, withKeys, prices, passesShown = Number.POSITIVE_INFINITY, now }: PictureAsks,
): Promise<RunPicture> {
  const { ledger } = service;
  const { table } = asked;
  const lock = await ledger.lock(table);
  const found = await runShown(service, table, lock, id);
  if (!found)
    throw new RunError(
      'InvalidInput',
      `${table} has had no run yet, so there is nothing to draw. Start one with \`dynamodt up ${table}\`.`,
      {
        fields: { table },
      },
    );
  const execution = mustAskExecution(found, lock) ? await service.execution(found.execution) : undefined;
  const run = mustAskExecution(found, lock) ? reconcileRun(found, execution) : found;
  const [observation, settled, parts, follow] = await Promise.all([
    observeRun(ledger, run),
    ledger.passes(run.id),
    numberOf(run) > 1 ? ledger.parts(table, maxParts) : [],
    followShown(service, asked, false, now.getTime()),
  ]);
  const control = observation?.control;
  const passes: PassPicture[] = [];
  let room = maxCheckpoints;
  let passesLeft = passesShown;
  for (const pass of settled.toReversed()) {
    if (pass.pass !== control?.pass) passesLeft--;
    room -= run.totalSegments;
    const checkpoints =
      pass.pass === control?.pass
        ? observation?.checkpoints
        : room >= 0 && passesLeft >= 0
          ? [...(await ledger.checkpoints(run.id, pass.pass, { areFinal: true })).values()]
          : undefined;
    passes.unshift({ ...pass, timeline: pass.timeline, checkpoints: checkpoints?.length ? checkpoints : undefined });
  }
  if (observation && control && !settled.some(({ pass }) => pass === control.pass) && observation.checkpoints.length > 0) {
    const present = summarizePass(control, observation.checkpoints, countPass(observation.checkpoints).all);
    passes.push({ ...present, timeline: present.timeline, checkpoints: observation.checkpoints });
  }
  const counters = observation ? progressOf({ ...observation, run }, undefined).counters : run.counters;
  // An undo records what it left, too, which is no failure.
  const mayHaveSome = counters.failed > 0 || (control?.marks.failures ?? 0) > 0 || run.steps.some(({ by }) => by === 'journal');
  const failures = control && mayHaveSome ? await ledger.openFailures(run, control.pass) : [];
  return {
    run,
    control,
    counters,
    bill: observation && (await billOfRun(service, asked, { ...observation, run, counters }, prices, passes)),
    passes,
    failures: failures.map(({ sequence, segment, name, place, key }) => ({ sequence, segment, name, place, ...(withKeys ? { key } : {}) })),
    withKeys,
    events: eventsOfRun(
      run,
      control?.marks.events ?? [],
      parts.filter(({ id: of }) => of === run.id).sort((a, b) => a.part - b.part),
    ),
    underWay: run.status === 'running' ? await underWayNow(service, run, observation, execution) : undefined,
    follow,
    missing: missingIn(run, control, passes, passesShown),
    at: now.toISOString(),
  };
}

async function underWayNow(
  service: DeployedService,
  run: Run,
  observation: Observation | undefined,
  execution: ExecutionState | undefined,
): Promise<UnderWay> {
  const running = execution?.status === 'running' ? execution : undefined;
  const [itemCount, waiting] = await Promise.all([
    service.tables.itemCount(run.tableName),
    running && service.waitingOf(run.execution).then((found) => found ?? segmentsWaiting(observation)),
  ]);
  const quiet = observation && !observation.control.marks.paused && quietWaitOf(observation.control);
  return {
    progress: observation && progressNow({ ...observation, run }, running, itemCount),
    itemCount: observation?.control.scope ? undefined : itemCount,
    waits: [
      ...(waiting ? [`tries again since ${moment(waiting.since)} UTC: ${waiting.error} ${waiting.message}`] : []),
      ...(quiet ? [quietWaitInWords(quiet)] : []),
    ],
  };
}

function missingIn(
  { table, dryRun, prepareOnly, totalSegments }: Run,
  control: Control | undefined,
  passes: readonly PassPicture[],
  passesShown: number,
): string[] {
  if (prepareOnly) return [];
  if (!control) return ['The ledger no longer has the control record of this run, so its passes are not known.'];
  const known = new Set(passes.map(({ pass }) => pass));
  const unknown = Array.from({ length: control.pass }, (_, index) => index + 1).filter((pass) => !known.has(pass));
  const missing: string[] = [];
  if (unknown.length > 0)
    missing.push(
      `Nothing is known of ${named(unknown)}: no segment was begun, or the checkpoints expired (30 days after the last write) before the pass was settled, or an older dynamodt settled it.`,
    );
  const withoutTimeline = passes.filter(({ timeline, counters }) => !timeline && counters.scanned > 0).map(({ pass }) => pass);
  if (withoutTimeline.length > 0) missing.push(`${named(withoutTimeline)} has no timeline: an older dynamodt ran it.`);
  const withoutSegments = passes.filter(({ checkpoints }) => !checkpoints).map(({ pass }) => pass);
  if (withoutSegments.length > 0)
    missing.push(
      `The segments of ${named(withoutSegments)} are not shown: checkpoints expire 30 days after the last write, and ${
        Number.isFinite(passesShown)
          ? `this page reads those of ${passesShown} settled passes, after all that changes. \`dynamodt status ${table} --html run.html\` draws all`
          : `a page reads up to ${maxCheckpoints} of them (${totalSegments} a pass)`
      }.`,
    );
  if (dryRun) missing.push('This was a dry run: "changed" counts what a run would change, and no write units were consumed.');
  return missing;
}

function named(passes: readonly number[]): string {
  return `${passes.length === 1 ? 'pass' : 'passes'} ${passes.join(', ')}`;
}
