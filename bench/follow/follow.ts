import { performance } from 'node:perf_hooks';
import { type BringUpPorts, bringUp, type Written } from '../../core/follow/follow-batch.ts';
import { FollowLease } from '../../core/follow/follow-lease.ts';
import { Pacing } from '../../core/segment/pacing/pacing.ts';
import type { TablePort } from '../../core/segment/table-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { systemClock } from '../../functions/wiring/system-clock.ts';
import { type Section, whole } from '../section.ts';
import { lagBeside, type ShardLoad, unitsOfTable } from './follow-lag.ts';
import { chainOf, newest, old, shape } from './followed-items.ts';

const batchSize = 100;
const batches = 400;
const maxMicroseconds = 30;
/** DynamoDB takes 1,000 write units a second for a partition, which is a shard. */
const loads: readonly ShardLoad[] = [
  { ofRun: 0, ofOldCode: 1, overheadMs: 20 },
  { ofRun: 0, ofOldCode: 80, overheadMs: 20 },
  { ofRun: 500, ofOldCode: 0, overheadMs: 20 },
  { ofRun: 1000, ofOldCode: 0, overheadMs: 20 },
  { ofRun: 940, ofOldCode: 20, overheadMs: 20 },
  { ofRun: 940, ofOldCode: 20, overheadMs: 60 },
  { ofRun: 800, ofOldCode: 80, overheadMs: 20 },
  { ofRun: 800, ofOldCode: 120, overheadMs: 20 },
  { ofRun: 1000, ofOldCode: 0, overheadMs: 120 },
];

/** What a follower spends on records of a stream: on those that change nothing, as all of its own writes, and on those that it brings up. */
export async function follow(): Promise<Section> {
  const one = chainOf(1);
  const three = chainOf(3);
  const decision = { one: decideAlone(one), three: decideAlone(three) };
  const unchanged = await measure(three, newest);
  const changed = await measure(three, old);
  const lags = [];
  for (const load of loads) lags.push({ load, lag: await lagBeside(load) });
  const perMillion = { unchanged: unchanged.requests * 1e6, changed: changed.requests * 1e6 };
  return {
    title: 'Following a stream',
    text: [
      `One process gets ${batches} batches of ${batchSize} records with images of 12 attributes, by a chain of three versions, against a table that accepts each write at once. CPU is that of the process.`,
      `How far it is behind is of the same code on a simulated clock: one shard for three minutes, of which Lambda reads 100 records at a time, one invocation after the other, which may bring up ${unitsOfTable} items a second. A batch of n writes takes 6 + 0.25 n ms. What Lambda itself takes for an invocation is assumed.`,
    ],
    tables: [
      {
        columns: ['each record', 'CPU per record', 'requests per record', 'requests for a million records'],
        rows: [
          ['changes nothing, decision alone, 1 version', `${decision.one.toFixed(1)} µs`, '', ''],
          ['changes nothing, decision alone, 3 versions', `${decision.three.toFixed(1)} µs`, '', ''],
          ['changes nothing', `${unchanged.cpu.toFixed(1)} µs`, unchanged.requests.toFixed(4), whole(perMillion.unchanged)],
          ['is brought up', `${changed.cpu.toFixed(1)} µs`, changed.requests.toFixed(4), whole(perMillion.changed)],
        ],
      },
      {
        columns: ['one shard, each second', 'Lambda takes', 'behind: median', 'max', 'at the end', 'records per invocation'],
        rows: lags.map(({ load: { ofRun, ofOldCode, overheadMs }, lag }) => [
          `${whole(ofRun)} writes of a run, ${ofOldCode} of old code`,
          `${overheadMs} ms`,
          ...[lag.medianSeconds, lag.maxSeconds, lag.lastSeconds].map((seconds) => `${seconds.toFixed(1)} s`),
          whole(lag.recordsPerInvocation),
        ]),
      },
    ],
    targets: [
      {
        what: 'CPU of the decision on a record that changes nothing, 3 versions',
        measured: `${decision.three.toFixed(1)} µs`,
        target: `≤ ${maxMicroseconds} µs`,
        met: decision.three <= maxMicroseconds,
      },
      {
        what: 'requests for a record that changes nothing',
        measured: unchanged.requests.toFixed(4),
        target: '0',
        met: unchanged.requests === 0,
      },
      {
        what: 'requests for a record that is brought up',
        measured: changed.requests.toFixed(4),
        target: '≤ 1/25',
        met: changed.requests <= 1 / 25,
      },
    ],
    figures: { decision, unchanged, changed, lags },
  };
}

/** Microseconds. */
function decideAlone(chain: ReturnType<typeof chainOf>): number {
  const images = Array.from({ length: 1000 }, (_, index) => newest(index));
  for (const image of images) chain.decider.decide(image);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    const start = performance.now();
    for (const image of images) chain.decider.decide(image);
    best = Math.min(best, ((performance.now() - start) * 1000) / images.length);
  }
  return best;
}

async function measure(chain: ReturnType<typeof chainOf>, imageOf: (id: number) => Image): Promise<{ cpu: number; requests: number }> {
  let requests = 0;
  const ports = await portsOf(chain, () => requests++);
  const run = async (count: number): Promise<void> => {
    for (let batch = 0; batch < count; batch++) {
      const items = Array.from({ length: batchSize }, (_, index): Written => {
        const image = imageOf(batch * batchSize + index);
        return { key: { id: image['id'] ?? { S: '' } }, image, at: '2030-01-01T00:00:00.000Z' };
      });
      await bringUp(items, ports);
    }
  };
  await run(50);
  requests = 0;
  const before = process.cpuUsage();
  await run(batches);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / (batches * batchSize), requests: requests / (batches * batchSize) };
}

async function portsOf(chain: ReturnType<typeof chainOf>, onRequest: () => void): Promise<BringUpPorts> {
  const read = { versions: [], holder: undefined, isFollowed: true, control: undefined };
  const lease = new FollowLease({ read: async () => read, clock: systemClock, leaseMs: 3_600_000, intervalMs: 3_600_000 });
  const refuse = (): never => {
    throw new TypeError('a follower does not do that here');
  };
  const wire: TablePort = {
    ...{ readPage: refuse, readItem: refuse, readItems: refuse, writeTransaction: refuse, writeTogether: refuse, putBack: refuse },
    writeBatch: async (writes) => {
      onRequest();
      return writes.map(() => ({ kind: 'written', units: 1 }));
    },
  };
  return {
    ...{ table: 'Users', shape, state: await lease.state(), lease, chain, wire, clock: systemClock, deadline: Number.POSITIVE_INFINITY },
    writes: new Pacing(systemClock, Number.POSITIVE_INFINITY),
    reads: new Pacing(systemClock, Number.POSITIVE_INFINITY),
    records: {
      ...{ say: async () => undefined, late: async () => {}, broughtUp: async () => {} },
      ...{ failed: async () => {}, mended: async () => {}, openFailures: async () => [], closed: async () => {} },
    },
  };
}
