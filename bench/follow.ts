import { performance } from 'node:perf_hooks';
import { type ChainLink, decideChain } from '../core/change/decide-chain.ts';
import { bindTransformation } from '../core/change/decide-change.ts';
import { type BringUpPorts, bringUp, type Written } from '../core/follow/follow-batch.ts';
import { FollowLease } from '../core/follow/follow-lease.ts';
import { Pacing } from '../core/segment/pacing/pacing.ts';
import type { TablePort } from '../core/segment/table-port.ts';
import { checkExports } from '../core/transformation/check-exports.ts';
import type { Item } from '../core/transformation/contract.ts';
import type { Image } from '../core/values/attribute-value.ts';
import type { TableShape } from '../core/values/table-shape.ts';
import { systemClock } from '../functions/wiring/system-clock.ts';
import { type Section, whole } from './section.ts';

const shape: TableShape = { name: 'Users', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] };
const batchSize = 100;
const batches = 400;
const maxMicroseconds = 30;

/** What a follower spends on records of a stream: on those that change nothing, as all of its own writes, and on those that it brings up. */
export async function follow(): Promise<Section> {
  const one = chainOf(1);
  const three = chainOf(3);
  const decision = { one: decideAlone(one), three: decideAlone(three) };
  const unchanged = await measure(three, newest);
  const changed = await measure(three, old);
  const perMillion = { unchanged: unchanged.requests * 1e6, changed: changed.requests * 1e6 };
  return {
    title: 'Following a stream',
    text: [
      `One process gets ${batches} batches of ${batchSize} records with images of 12 attributes, by a chain of three versions, against a table that accepts each write at once. CPU is that of the process.`,
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
    figures: { decision, unchanged, changed },
  };
}

function chainOf(versions: number) {
  const links = Array.from({ length: versions }, (_, index): ChainLink => {
    const sequence = index + 1;
    const name = `new${sequence}`;
    const transformUp = (item: Item) => (item[name] === undefined ? { ...item, [name]: `of ${item['a0']}` } : undefined);
    const transformation = checkExports({ sequence, adds: [name], transformUp }, `Users/v${sequence}.ts`);
    const context = {
      ...{ table: 'Users', tableName: 'Users', sequence, direction: 'up' as const, dryRun: false, parameters: {}, startedAt: 0 },
      ...{ tableNameOf: (table: string) => table, documentClient: undefined, log: () => {} },
    };
    return { transformation, decider: bindTransformation(transformation, shape, context) };
  });
  return decideChain(links, shape);
}

function old(id: number): Image {
  return {
    id: { S: `u${id}` },
    ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`a${index}`, { S: `value ${index} of ${id}` }])),
  };
}

function newest(id: number): Image {
  return { ...old(id), new1: { S: 'x' }, new2: { S: 'x' }, new3: { S: 'x' } };
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
      ...{ create: async () => {}, seen: async () => {}, late: async () => {}, broughtUp: async () => {} },
      ...{ failed: async () => {}, mended: async () => {}, openFailures: async () => [], closed: async () => {} },
    },
  };
}
