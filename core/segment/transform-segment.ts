import { bindTransformation, chainDeciders, type ItemDecider } from '../change/decide-change.ts';
import { type SegmentAssignment, takeOver } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import { countedSince } from '../ledger/counters.ts';
import type { PreparationRef } from '../ledger/preparation.ts';
import type { Transformation } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { ControlWatch } from './control-watch.ts';
import { MeasuredTable } from './metered-table.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';
import { SegmentProgress } from './segment-progress.ts';
import { SegmentWorker } from './segment-worker.ts';

/**
 * Transforms one segment from its checkpoint until it is done, time is short, or control says otherwise.
 *
 * 1. Take the segment: bump its attempt in the checkpoint; a worker that lost it returns.
 * 2. Read a page, while earlier pages are still being written.
 * 3. Settle each of its items: decide, and write what changed.
 * 4. Before the first write of the pass, save `dirty`: a crash must not make an unclean pass look clean.
 * 5. Save position and counters up to where all items are settled, if the segment is still ours.
 * 6. Return only when nothing is in flight. `more` says that nothing but time ran out.
 *
 * It throws for faults worth a retry and for fatal ones, never because the run is paused, stopped, superseded or of other code.
 */
export async function transformSegment(assignment: SegmentAssignment, ports: TransformSegmentPorts): Promise<{ more: boolean }> {
  const { clock, checkpoints } = ports;
  const watch = await ControlWatch.open(() => ports.readControl(assignment.run), clock);
  if (!watch || watch.halted || watch.latest.pass !== assignment.pass) return { more: false };
  const control = watch.latest;
  // The Map of an execution that lost the table to another, and was redriven: the run goes on there.
  if (ports.decisionNumber !== undefined && ports.decisionNumber !== control.decision.number) return { more: false };
  const code = await ports.loadTransformation(control.table, control.sequence);
  if (code?.checksum !== control.checksum) return { more: false };

  const before = await checkpoints.read(assignment);
  if (before?.done && before.checksum === control.checksum && before.counters.failed === 0) return { more: false };
  const taken = takeOver(assignment, control, before);
  if (!(await checkpoints.take(taken))) return { more: false };

  const { shape } = control;
  const decider = await bindSequences(control, code.transformation, ports);
  const table = new MeasuredTable(ports.openTable(control, code.transformation));
  const segment = new SegmentWorker(watch, control, code.transformation, new SegmentProgress(shape, taken), table, ports);
  try {
    await segment.run(
      {
        shape,
        transformation: code.transformation,
        decider,
        dryRun: control.dryRun,
      },
      seedsFor(assignment, control, code.transformation),
    );
  } finally {
    const { sequence, attempt, counters } = segment.progress.checkpoint;
    const { conflicts, throttles } = table;
    ports.measure({
      table: control.table,
      sequence,
      attempt,
      counters: countedSince(taken.counters, counters),
      conflicts,
      throttles,
    });
  }
  const { done, counters } = segment.progress.checkpoint;
  ports.log('segmentLeft', { ...assignment, done, reason: watch.halted ?? (done ? 'done' : 'timeIsShort'), ...counters });
  return { more: !done && (watch.halted === undefined || watch.halted === 'timeIsShort') };
}

/** The present sequence; in a dry run, on what the ones before it would have made of an item. */
async function bindSequences(control: Control, transformation: Transformation, ports: TransformSegmentPorts): Promise<ItemDecider> {
  const bind = async (code: Transformation, sequence: number, preparation: PreparationRef | undefined): Promise<ItemDecider> =>
    bindTransformation(code, control.shape, ports.contextOf(control, sequence, preparation && (await ports.readPreparation(preparation))));
  const present = await bind(transformation, control.sequence, control.preparation);
  const earlier = await Promise.all(
    control.earlier.map(async ({ sequence, checksum, preparation }) => {
      const code = await ports.loadTransformation(control.table, sequence);
      return code?.checksum === checksum ? bind(code.transformation, sequence, preparation) : undefined;
    }),
  );
  return earlier.length === 0
    ? present
    : chainDeciders(
        earlier.filter((decider) => decider !== undefined),
        present,
      );
}

/** Segment 0 inserts the seeds; the ledger knows which are done already. */
function seedsFor({ segment }: SegmentAssignment, { direction, dryRun, shape }: Control, { seed }: Transformation): Image[] | undefined {
  return segment === 0 && direction === 'up' && !dryRun ? seed?.map((item) => encodeInsert(item, shape)) : undefined;
}
