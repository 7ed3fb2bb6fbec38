import { Table } from '../../aws/table/table.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { systemClock } from '../../functions/wiring/system-clock.ts';
import { transformByHand } from '../hand-written.ts';
import { type ItemShape, itemShapes } from '../item-shapes.ts';
import { runSegment } from '../run-segment.ts';
import { type Section, times, whole } from '../section.ts';
import { allocatedBytes } from './allocated-bytes.ts';
import { AnsweredInProcess, pagesOf } from './answered-in-process.ts';

const items = 3000;
/** Rounds in which worker and floor take turns, of which the first are left out: their code is not compiled yet. */
const rounds = 30;
const roundsToWarmUp = 15;
/** Rounds of the worker in which allocations are counted. */
const countedRounds = 5;
/** A quarter above what it was when this limit was set: a change that allocates more is meant to be seen, and either mended or allowed here. */
const maxBytes = 14_000;

/**
 * The worker's own code beside the hand-written loop, both in this process and without a network. CPU varies by a third with the load of the
 * machine, also as a multiple of the loop's, so that only allocations have a limit: they hardly vary, and the collector and most of our own time follow them.
 */
export async function cpu(): Promise<Section> {
  const shape = itemShapes.small;
  const table: TableShape = { name: 'Measured', keys: shape.keys, indexKeys: {}, indexes: [] };
  const pages = pagesOf(shape, items);
  const worker: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [ours, byHand] = [await cpuOf(() => work(table, shape, pages)), await cpuOf(() => floorWork(table, shape, pages))];
    if (round < roundsToWarmUp) continue;
    worker.push(ours);
    floor.push(byHand);
  }
  const bytes =
    (await allocatedBytes(async () => {
      for (let round = 0; round < countedRounds; round++) await work(table, shape, pages);
    })) /
    (countedRounds * items);
  const ratio = median(worker.map((microseconds, round) => microseconds / (floor[round] ?? Number.NaN)));
  return {
    title: 'CPU',
    text: [
      `The worker's own code and a hand-written loop change ${items} items of 0.5 KB in one process, in turn; answers are made before, without a network. Median of ${rounds - roundsToWarmUp} rounds.`,
    ],
    tables: [
      {
        columns: ['', 'CPU per item', 'against the loop', 'allocated per item'],
        rows: [
          ['the worker', `${median(worker).toFixed(1)} µs`, times(ratio), `${whole(bytes)} bytes`],
          ['hand-written loop', `${median(floor).toFixed(1)} µs`, times(1), ''],
        ],
      },
    ],
    targets: [
      {
        what: 'bytes that the worker allocates for a changed item',
        measured: whole(bytes),
        target: `≤ ${whole(maxBytes)}`,
        met: bytes <= maxBytes,
      },
    ],
    figures: { ratio, worker: median(worker), floor: median(floor), bytes },
  };
}

async function work(table: TableShape, shape: ItemShape, pages: readonly Buffer[]): Promise<number> {
  const wire = new AnsweredInProcess(pages);
  const checkpoint = await runSegment(systemClock, table, shape, new Table(wire, table, undefined), Number.POSITIVE_INFINITY);
  return checkpoint?.counters.changed ?? 0;
}

function floorWork(table: TableShape, shape: ItemShape, pages: readonly Buffer[]): Promise<number> {
  return transformByHand(table, shape, new AnsweredInProcess(pages).send);
}

async function cpuOf(contend: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const changed = await contend();
  const { user, system } = process.cpuUsage(before);
  if (changed !== items) throw new Error(`${changed} of ${items} items were changed.`);
  return (user + system) / items;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
