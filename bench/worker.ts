import { availableParallelism } from 'node:os';
import { itemShapes, type ShapeName } from './item-shapes.ts';
import { type ContenderFigures, runContender } from './modelled/modelled-process.ts';
import { type ReportTable, type Section, type Target, times, whole } from './section.ts';

/** Numbers of items: enough for a contender to run for some seconds, most of that time with compiled code. */
type WorkerShape = Exclude<ShapeName, 'huge'>;
const itemsOf: Record<WorkerShape, Record<string, number>> = {
  small: { worker: 200_000, handWritten: 200_000, batchWriteItem: 50_000, predecessor: 10_000, updateItem: 10_000, bareScan: 100_000 },
  wide: { worker: 20_000, handWritten: 20_000, batchWriteItem: 10_000, predecessor: 3000, updateItem: 3000, bareScan: 20_000 },
  city: { worker: 130_000, handWritten: 130_000, batchWriteItem: 50_000, predecessor: 10_000, updateItem: 10_000, bareScan: 130_000 },
};

/** Rounds in which all contenders take turns. The best round of each counts, since other load on the machine only makes it slower. */
const roundsOf: Record<WorkerShape, number> = { small: 3, wide: 1, city: 1 };

const titles: Record<string, string> = {
  worker: 'the worker',
  handWritten: 'hand-written loop, no SDK (the floor)',
  updateItem: 'conditional UpdateItem, SDK',
  batchWriteItem: 'blind BatchWriteItem, SDK',
  predecessor: "the predecessor's algorithm",
  bareScan: 'bare Scan loop, SDK',
};

/** One worker process against a modelled DynamoDB without a limit of throughput, compared with other programs for the same work. */
export async function worker(): Promise<Section> {
  const figures: Record<string, Record<string, ContenderFigures>> = {};
  for (const shape of Object.keys(itemsOf) as WorkerShape[]) figures[shape] = await measure(shape);
  const { small = {} } = figures;
  return {
    title: 'Worker',
    text: [
      `One process changes every item, and sets two new attributes, against a model of DynamoDB in another process, with latencies and without a throughput limit: Scan 4 ms + 36 ms/MB, a batch of n writes 6 + 0.25 n ms, a single write 5 ms. The worker's condition is on the full image. CPU is that of the whole process, best of ${roundsOf.small} rounds at 0.5 KB, on ${availableParallelism()} processors that the two processes share.`,
      'Unchanged items: the pass that verifies, in which the worker calls the function and finds nothing to write.',
    ],
    tables: Object.entries(figures).flatMap(([shape, contenders]) => tablesOf(shape as ShapeName, contenders)),
    targets: targetsOf(small),
    figures,
  };
}

async function measure(shape: WorkerShape): Promise<Record<string, ContenderFigures>> {
  const best: Record<string, ContenderFigures> = {};
  for (let round = 0; round < roundsOf[shape]; round++)
    for (const [name, items] of Object.entries(itemsOf[shape])) {
      const figures = await runContender(name, shape, items, name === 'worker' ? 2 : 1);
      console.error(
        `bench: worker: ${shape}, ${name}: ${figures.laps.map(({ cpuMicroseconds }) => `${cpuMicroseconds.toFixed(1)} µs`).join(', ')}`,
      );
      best[name] = best[name] ? bestOf(best[name], figures) : figures;
    }
  return best;
}

function bestOf(a: ContenderFigures, b: ContenderFigures): ContenderFigures {
  return {
    ...a,
    peakMiB: Math.min(a.peakMiB, b.peakMiB),
    laps: a.laps.map((lap, index) => {
      const other = b.laps[index] ?? lap;
      return {
        ...lap,
        seconds: Math.min(lap.seconds, other.seconds),
        cpuMicroseconds: Math.min(lap.cpuMicroseconds, other.cpuMicroseconds),
      };
    }),
  };
}

function rate({ laps }: ContenderFigures, lap = 0): number {
  return (laps[lap]?.items ?? 0) / (laps[lap]?.seconds ?? 1);
}

function cpu({ laps }: ContenderFigures, lap = 0): number {
  return laps[lap]?.cpuMicroseconds ?? Number.NaN;
}

function tablesOf(shape: ShapeName, contenders: Record<string, ContenderFigures>): ReportTable[] {
  const { bareScan, ...writing } = contenders;
  const changed = Object.entries(writing).map(([name, figures]) => [
    titles[name] ?? name,
    whole(rate(figures)),
    `${cpu(figures).toFixed(1)} µs`,
    figures.requestsPerItem.toFixed(3),
    `${whole(figures.peakMiB)} MiB`,
    `${whole((100 * figures.server.cpuSeconds) / figures.laps.reduce((sum, { seconds }) => sum + seconds, 0))} %`,
  ]);
  const tables = [
    {
      columns: [
        `changed items: ${itemShapes[shape].title}`,
        'items/s',
        'CPU per item',
        'requests per item',
        'peak memory',
        'of a processor, the other process',
      ],
      rows: changed,
    },
  ];
  if (!bareScan || !writing['worker']) return tables;
  const unchanged = [
    [titles['worker'] ?? '', whole(rate(writing['worker'], 1)), `${cpu(writing['worker'], 1).toFixed(1)} µs`],
    [titles['bareScan'] ?? '', whole(rate(bareScan)), `${cpu(bareScan).toFixed(1)} µs`],
  ];
  return [...tables, { columns: [`unchanged items: ${itemShapes[shape].title}`, 'items/s', 'CPU per item'], rows: unchanged }];
}

function targetsOf({ worker: ours, handWritten, batchWriteItem, predecessor, bareScan }: Record<string, ContenderFigures>): Target[] {
  if (!ours || !handWritten || !batchWriteItem || !predecessor || !bareScan) return [];
  const faster = rate(ours) / rate(predecessor);
  const aboveFloor = cpu(ours) / cpu(handWritten);
  const againstBlind = cpu(ours) / cpu(batchWriteItem);
  const againstScan = cpu(ours, 1) / cpu(bareScan);
  return [
    { what: "items/s against the predecessor's algorithm", measured: times(faster), target: '≥ 20 ×', met: faster >= 20 },
    { what: 'CPU per changed item against the floor', measured: times(aboveFloor), target: '≤ 2 ×', met: aboveFloor <= 2 },
    { what: 'CPU per changed item against blind BatchWriteItem', measured: times(againstBlind), target: '< 1 ×', met: againstBlind < 1 },
    { what: 'CPU per unchanged item against a bare Scan loop', measured: times(againstScan), target: '≤ 1.5 ×', met: againstScan <= 1.5 },
  ];
}
