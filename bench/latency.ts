import { runSegment } from './run-segment.ts';
import { type Section, whole } from './section.ts';
import { SimulatedTime } from './simulated/simulated-time.ts';
import { SlowWire } from './simulated/slow-wire.ts';

export const latencies = [5, 20, 60];
const itemBytes = [512, 1024];
const items = 200_000;

export interface LatencyFigures {
  latencyMs: number;
  bytes: number;
  /** Items a second: by reading alone, and by the worker if it changes each, or none. */
  wire: number;
  changed: number;
  unchanged: number;
}

/** What a worker reaches if neither a budget nor its processor limits it, at several latencies. */
export async function latency(): Promise<Section> {
  const figures: LatencyFigures[] = [];
  for (const bytes of itemBytes) for (const latencyMs of latencies) figures.push(await measureLatency(latencyMs, bytes));
  return {
    title: 'Latency',
    text: [
      'The real worker on simulated time, without a limit of write units, and with a processor that costs no time. A page takes the latency and 36 ms/MB, a batch of n writes the latency and 0.25 n ms. "The wire" is what reading pages of 1 MB one after the other gives, as DynamoDB gives those of one segment.',
    ],
    tables: [
      {
        columns: ['items', 'latency', 'the wire, items/s', 'changed items/s', 'of the wire', 'unchanged items/s', 'of the wire'],
        rows: figures.map(({ bytes, latencyMs, wire, changed, unchanged }) => [
          `${bytes / 1024} KB`,
          `${latencyMs} ms`,
          whole(wire),
          whole(changed),
          `${whole((100 * changed) / wire)} %`,
          whole(unchanged),
          `${whole((100 * unchanged) / wire)} %`,
        ]),
      },
    ],
    targets: figures
      .filter(({ bytes }) => bytes === 1024)
      .map(({ latencyMs, wire, changed }) => ({
        what: `changed items of 1 KB at ${latencyMs} ms, of what the wire gives`,
        measured: `${whole((100 * changed) / wire)} %`,
        target: '≥ 90 %',
        met: changed >= 0.9 * wire,
      })),
    figures,
  };
}

export async function measureLatency(latencyMs: number, bytes: number, count = items): Promise<LatencyFigures> {
  return {
    latencyMs,
    bytes,
    wire: await rateOf(latencyMs, bytes, count, false, readAll),
    changed: await rateOf(latencyMs, bytes, count, false, transformAll),
    unchanged: await rateOf(latencyMs, bytes, count, true, transformAll),
  };
}

type Work = (time: SimulatedTime, wire: SlowWire) => Promise<unknown>;

async function rateOf(latencyMs: number, bytes: number, count: number, isChanged: boolean, work: Work): Promise<number> {
  const time = new SimulatedTime(1);
  await time.until(work(time, new SlowWire(time, latencyMs, count, bytes, isChanged)));
  return (1000 * count) / time.now;
}

async function readAll(_: SimulatedTime, wire: SlowWire): Promise<void> {
  while ((await wire.readPage({ segment: 0, totalSegments: 1, position: undefined, limit: undefined })).position);
}

async function transformAll({ clock }: SimulatedTime, wire: SlowWire): Promise<void> {
  const { keys } = wire.shape;
  await runSegment(clock, { name: 'Simulated', keys, indexKeys: {}, indexes: [] }, wire.shape, wire, Number.POSITIVE_INFINITY);
}
