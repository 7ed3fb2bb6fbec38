import { objectsOf } from '../journal/journal-port.ts';
import { type Checkpoint, countPass, journalOf, type SegmentAssignment, takeOver } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import { countedSince } from '../ledger/counters.ts';
import { codeOfPass, controlsOf } from '../ledger/sweep.ts';
import { Lookups } from '../lookup/lookups.ts';
import type { Transformation } from '../transformation/contract.ts';
import { readingScope } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { bindSequences, type Code, readingEarlier, scopeIn } from './bind-sequences.ts';
import { bindTogether, loadTogether } from './bind-together.ts';
import { ControlWatch } from './control-watch.ts';
import { MeasuredTable } from './measured-table.ts';
import { secondLook } from './second-look.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';
import { SegmentProgress } from './segment-progress.ts';
import { SegmentWorker } from './segment-worker.ts';
import { JournalPages } from './undo/journal-pages.ts';

/**
 * Transforms one segment from its checkpoint until it is done, time is short, or control says otherwise.
 *
 * 1. Take the segment: raise its attempt in the checkpoint. A worker that another one replaced returns.
 * 2. Read a page, while earlier pages are still being written.
 * 3. Settle each of its items: decide, and write what changed.
 * 4. Before the first write of the pass, save `dirty`: a crash must not make an unclean pass look clean.
 * 5. Save position and counters up to which all items are settled, if no other worker took the segment.
 * 6. Look at all items once more, if the segment is a small table that was written to: see `hasSecondLook`.
 * 7. Return only when nothing is in flight. `more` says that only time ran out.
 *
 * It throws for errors that a retry can cure and for fatal ones, never because the run is paused, stopped, superseded or has new code.
 */
export async function transformSegment(assignment: SegmentAssignment, ports: TransformSegmentPorts): Promise<{ more: boolean }> {
  const { clock } = ports;
  const watch = await ControlWatch.open(() => ports.readControl(assignment.run), clock);
  if (!watch || watch.halted || watch.latest.pass !== assignment.pass) return { more: false };
  const control = watch.latest;
  // The Map belongs to an execution that lost the table and was redriven: the run goes on in another execution.
  if (ports.decisionNumber !== undefined && ports.decisionNumber !== control.decision.number) return { more: false };
  const codes = control.undoes ? [] : await loadTogether(control, ports);
  if (!codes) return { more: false };

  const taken = await take(assignment, control, ports);
  if (!taken) return { more: false };

  let { checkpoint, looksAgain } = await look(taken, codes, watch, assignment, ports);
  if (looksAgain) ({ checkpoint } = await look(secondLook(checkpoint, clock.wall()), codes, watch, assignment, ports));
  const { done } = checkpoint;
  ports.log('segmentLeft', {
    ...assignment,
    done,
    reason: watch.halted ?? (done ? 'done' : 'timeIsShort'),
    ...countPass([checkpoint]).all,
  });
  return { more: !done && (watch.halted === undefined || watch.halted === 'timeIsShort') };
}

/** Settles the items of the segment from the position of the checkpoint on. Nothing that it knows of items stays for another look. */
async function look(
  begun: Checkpoint,
  codes: readonly Code[],
  watch: ControlWatch,
  assignment: SegmentAssignment,
  ports: TransformSegmentPorts,
): Promise<{ checkpoint: Checkpoint; looksAgain: boolean }> {
  const control = watch.latest;
  const keepsReports =
    ports.journal !== undefined && (codes.length === 0 || codes.some(({ transformation }) => transformation.journal !== 'none'));
  const progress = new SegmentProgress(control, begun, { keepsReports });
  const { segment, table, work } = await opened(codes, watch, progress, assignment, ports);
  try {
    await work();
  } finally {
    const { sequence, attempt, counters } = segment.progress.checkpoint;
    const { conflicts, throttles } = table;
    ports.measure({
      table: control.table,
      sequence,
      attempt,
      counters: countedSince(begun.counters, counters),
      conflicts,
      throttles,
    });
  }
  return { checkpoint: segment.progress.checkpoint, looksAgain: segment.hasSecondLook };
}

interface Opened {
  segment: SegmentWorker;
  table: MeasuredTable;
  work(): Promise<void>;
}

function opened(
  codes: readonly Code[],
  watch: ControlWatch,
  progress: SegmentProgress,
  assignment: SegmentAssignment,
  ports: TransformSegmentPorts,
): Promise<Opened> {
  const [code] = codes;
  if (!code) return undoing(watch, progress, assignment, ports);
  return codes.length > 1 ? together(codes, watch, progress, ports) : transforming(code, watch, progress, assignment, ports);
}

/** Several versions as one. */
async function together(
  codes: readonly Code[],
  watch: ControlWatch,
  progress: SegmentProgress,
  ports: TransformSegmentPorts,
): Promise<Opened> {
  const control = watch.latest;
  const { shape, dryRun } = control;
  const lookups = ports.lookups && new Lookups({ ...ports.lookups, clock: ports.clock });
  const { decider, transformation } = await bindTogether(control, codes, ports, lookups);
  const table = new MeasuredTable(ports.openTable(control, transformation, undefined));
  const segment = new SegmentWorker(watch, control, transformation, progress, table, ports);
  lookups?.paceBy(segment.lookupBudget);
  ports.lookups?.noteOthers?.(segment.noteReads);
  return { segment, table, work: () => segment.run({ shape, transformation, decider, dryRun, isTogether: true }, undefined) };
}

async function transforming(
  code: Code,
  watch: ControlWatch,
  progress: SegmentProgress,
  assignment: SegmentAssignment,
  ports: TransformSegmentPorts,
): Promise<Opened> {
  const control = watch.latest;
  const { shape, dryRun } = control;
  const scope = await scopeIn(control, control, code, ports);
  const lookups = ports.lookups && new Lookups({ ...ports.lookups, clock: ports.clock });
  lookups?.noteOwn(progress.markReadsOwn);
  const decider = await bindSequences(control, code, ports, lookups, scope);
  const transformation = readingScope(await readingEarlier(code.transformation, control, ports), scope);
  const table = new MeasuredTable(ports.openTable(control, transformation, scope));
  const segment = new SegmentWorker(watch, control, transformation, progress, table, ports);
  lookups?.paceBy(segment.lookupBudget);
  ports.lookups?.noteOthers?.(segment.noteReads);
  const seeds = seedsFor(assignment, control, code.transformation);
  return { segment, table, work: () => segment.run({ shape, transformation, decider, dryRun }, seeds) };
}

/** The segment of the same number of the pass that is taken back has its journal. */
async function undoing(
  watch: ControlWatch,
  progress: SegmentProgress,
  { segment: number }: SegmentAssignment,
  ports: TransformSegmentPorts,
): Promise<Opened> {
  const control = watch.latest;
  const { table: name, sequence, undoes } = control;
  if (!undoes || !ports.journal) throw new TypeError('a pass without code takes a journal back');
  const made = { ...undoes, segment: number };
  const checkpoint = await ports.checkpoints.read(made);
  const objects = checkpoint ? objectsOf({ table: name, sequence, ...made }, journalOf(checkpoint, sequence)) : [];
  const table = new MeasuredTable(ports.openTable(control, undefined, undefined));
  // Sizes of items are unknown, as with some attributes read only.
  const segment = new SegmentWorker(watch, control, { reads: [] }, progress, table, ports);
  const pages = new JournalPages(objects, ports.journal);
  return { segment, table, work: () => segment.undo(pages) };
}

/**
 * Takes the segment, unless it is finished or another worker is faster. What the worker before has saved must not be lost: that it wrote, which makes
 * the pass dirty, what it counted, and the objects of its journal.
 *
 *     worker A                              ledger                                worker B
 *     --------                              ------                                --------
 *                                                                                 reads attempt 1, saves 4: clean, objects 1 to 5
 *     saves: dirty, object 6
 *                                           has attempt 1, saves 5
 *     sends what object 6 records
 *                                                                                 takes as attempt 2, clean, with objects 1 to 5:
 *                                           the condition fails                     its saves are not 4
 *                                                                                 reads again: dirty, objects 1 to 6
 */
async function take(assignment: SegmentAssignment, control: Control, { checkpoints, worker, clock }: TransformSegmentPorts) {
  const { sequence, together } = control;
  const members = together?.length ? controlsOf(control).map((each) => ({ sequence: each.sequence, journals: each.journals })) : undefined;
  const checksum = codeOfPass(control);
  for (let attempt: number | undefined; ; ) {
    const before = await checkpoints.read(assignment);
    if (before?.done && before.checksum === checksum && before.counters.failed === 0) return undefined;
    const taken = takeOver(assignment, { sequence, checksum, members }, before, { name: worker, now: clock.wall() });
    if (attempt !== undefined && attempt !== taken.attempt) return undefined;
    if (await checkpoints.take(taken, before?.saves)) return taken;
    attempt = taken.attempt;
  }
}

/** The seeds, for segment 0 only: the ledger knows which of them are done. */
function seedsFor({ segment }: SegmentAssignment, { direction, dryRun, shape }: Control, { seed }: Transformation): Image[] | undefined {
  return segment === 0 && direction === 'up' && !dryRun ? seed?.map((item) => encodeInsert(item, shape)) : undefined;
}
