import { maxWriteUnitsPerWorker, readUnitsPerWorker } from '../core/ledger/workers.ts';
import { itemSize } from '../core/values/item-size.ts';
import { defaultWorkerMemory } from '../infra/deployed-functions.ts';
import { itemShapes, type ShapeName } from './item-shapes.ts';
import { type ContenderFigures, runContender } from './modelled/modelled-process.ts';
import { type Section, type Target, whole } from './section.ts';

/** Each changes for about 20 seconds at the limit of a worker. */
const itemsOf = { small: 10_000, wide: 2500, huge: 26 } satisfies Partial<Record<ShapeName, number>>;
/** For the highest memory, and for a pass that changes nothing: as fast as the model answers. */
const unlimitedItemsOf = { small: 100_000, wide: 20_000, huge: 160 } satisfies Record<keyof typeof itemsOf, number>;
/** A function of 1,769 MB has one processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const processor = defaultWorkerMemory / 1769;
/** Lambda gives Node these limits, as parts of the memory. */
const heap = [
  `--max-semi-space-size=${Math.floor(0.05 * defaultWorkerMemory)}`,
  `--max-old-space-size=${Math.floor(0.9 * defaultWorkerMemory)}`,
];

interface Figures {
  shape: ShapeName;
  /** Of a processor, while it writes 500 units a second, and while it reads 750 and changes nothing. */
  writing: number;
  reading: number;
  unitsPerSecond: number;
  limited: ContenderFigures;
  unlimited: ContenderFigures;
}

/** Whether a worker as it is deployed has enough CPU and memory for its limits, with items of up to 400 KB. */
export async function lambda(): Promise<Section> {
  const figures: Figures[] = [];
  for (const shape of Object.keys(itemsOf) as (keyof typeof itemsOf)[]) figures.push(await measure(shape));
  return {
    title: 'A worker as it is deployed',
    text: [
      `One worker with the heap that Lambda gives a function of ${defaultWorkerMemory} MB, which has ${(100 * processor).toFixed(0)} % of a processor, against the modelled DynamoDB. It changes each item at its limit of ${maxWriteUnitsPerWorker} write units/s. Then it changes more items, without the limit, reads all of them again, and changes none: CPU for reading is that of the last part, memory is the highest of all.`,
    ],
    tables: [
      {
        columns: ['items', 'write units/s', 'of a processor: writing', `reading ${readUnitsPerWorker} units/s`, 'peak memory'],
        rows: figures.map((each) => [
          itemShapes[each.shape].title,
          whole(each.unitsPerSecond),
          `${(100 * each.writing).toFixed(1)} %`,
          `${(100 * each.reading).toFixed(1)} %`,
          `${whole(peakOf(each))} MiB`,
        ]),
      },
    ],
    targets: figures.flatMap(targetsOf),
    figures,
  };
}

async function measure(shape: keyof typeof itemsOf): Promise<Figures> {
  const bytes = itemSize(itemShapes[shape].item(1000));
  const limited = await runContender('limitedWorker', shape, itemsOf[shape], 1, heap);
  const unlimited = await runContender('worker', shape, unlimitedItemsOf[shape], 2, heap);
  const [changing] = limited.laps;
  const [, verifying] = unlimited.laps;
  if (!changing || !verifying) throw new TypeError('There are two laps.');
  return {
    shape,
    writing: (changing.cpuMicroseconds * changing.items) / 1e6 / changing.seconds,
    reading: (verifying.cpuMicroseconds / 1e6) * ((readUnitsPerWorker * 8192) / bytes),
    unitsPerSecond: (changing.items * Math.ceil(bytes / 1024)) / changing.seconds,
    limited,
    unlimited,
  };
}

function peakOf({ limited, unlimited }: Figures): number {
  return Math.max(limited.peakMiB, unlimited.peakMiB);
}

/** Less than two thirds of what there is leave room for the team's function, and for slower processors than those of this machine. */
function targetsOf({ shape, writing, reading, ...figures }: Figures): Target[] {
  const { title } = itemShapes[shape];
  const peak = peakOf({ shape, writing, reading, ...figures });
  return [
    {
      what: `${title}: CPU of the part of a processor that the worker has`,
      measured: `${((100 * Math.max(writing, reading)) / processor).toFixed(0)} %`,
      target: '≤ 60 %',
      met: Math.max(writing, reading) <= 0.6 * processor,
    },
    {
      what: `${title}: peak memory`,
      measured: `${whole(peak)} MiB`,
      target: `≤ ${whole(0.75 * defaultWorkerMemory)} MiB`,
      met: peak <= 0.75 * defaultWorkerMemory,
    },
  ];
}
