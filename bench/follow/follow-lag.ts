import { type BringUpPorts, bringUp, type Written } from '../../core/follow/follow-batch.ts';
import { FollowLease } from '../../core/follow/follow-lease.ts';
import { SharedPacing } from '../../core/follow/shared-pacing.ts';
import { Pacing } from '../../core/segment/pacing/pacing.ts';
import type { TablePort } from '../../core/segment/table-port.ts';
import { SimulatedTime } from '../simulated/simulated-time.ts';
import { chainOf, newest, old, shape } from './followed-items.ts';

/** What is written to one shard of a followed table, each second. */
export interface ShardLoad {
  /** Writes of a run: each is a record that changes nothing. */
  ofRun: number;
  /** Writes of old code: each is brought up, and the follower's own write is one more record. */
  ofOldCode: number;
  /** Between two invocations, and in one beside the function's own work, in milliseconds. */
  overheadMs: number;
}

/** How far behind the follower was, by the oldest record of each batch when its invocation ended. */
export interface Lag {
  medianSeconds: number;
  maxSeconds: number;
  /** At the end. */
  lastSeconds: number;
  recordsPerInvocation: number;
  broughtUp: number;
}

/** By the settings of the event source mapping. */
const batchSize = 100;
const windowMs = 1000;
/** Write units a second: the default. A shard that is alone has all of them. */
export const unitsOfTable = 100;
/** Of a request to the ledger for units, in milliseconds. */
const ledgerMs = 6;
/** CPU of the function for a record, as measured by the other part of this bench, in milliseconds. */
const cpuMs = { unchanged: 0.01, changed: 0.05 };
const simulatedMs = 180_000;

/** The real follower, on a simulated shard that Lambda reads one invocation at a time. */
export async function lagBeside({ ofRun, ofOldCode, overheadMs }: ShardLoad): Promise<Lag> {
  const time = new SimulatedTime(1);
  const waiting: Written[] = [];
  const write = (id: number, isOld: boolean): void => {
    const image = isOld ? old(id) : newest(id);
    waiting.push({ key: { id: image['id'] ?? { S: '' } }, image, at: new Date(time.now).toISOString() });
  };
  const ports = await portsOn(time, write);
  const ages: number[] = [];
  let [invocations, records, broughtUp] = [0, 0, 0];
  const following = async (): Promise<void> => {
    while (time.now < simulatedMs) {
      const [first] = waiting;
      if (!first || (waiting.length < batchSize && time.now - Date.parse(first.at) < windowMs)) {
        await time.wait(10);
        continue;
      }
      const batch = waiting.splice(0, batchSize);
      await time.wait(overheadMs);
      const { changed } = await bringUp(batch, ports);
      await time.wait(changed * cpuMs.changed + (batch.length - changed) * cpuMs.unchanged);
      ages.push((time.now - Date.parse(first.at)) / 1000);
      invocations++;
      records += batch.length;
      broughtUp += changed;
    }
  };
  writeEvenly(time, ofRun, 25, (id) => write(id, false));
  writeEvenly(time, ofOldCode, 1, (id) => write(1e9 + id, true));
  await time.until(following());
  const sorted = ages.toSorted((a, b) => a - b);
  return {
    medianSeconds: sorted[sorted.length >> 1] ?? 0,
    maxSeconds: sorted.at(-1) ?? 0,
    lastSeconds: ages.at(-1) ?? 0,
    recordsPerInvocation: records / Math.max(1, invocations),
    broughtUp,
  };
}

/** @param atOnce records of one request */
function writeEvenly(time: SimulatedTime, perSecond: number, atOnce: number, write: (id: number) => void): void {
  if (perSecond === 0) return;
  let id = 0;
  const next = (): void => {
    for (let index = 0; index < atOnce; index++) write(id++);
    if (time.now < simulatedMs) time.after((1000 * atOnce) / perSecond, next);
  };
  next();
}

async function portsOn(time: SimulatedTime, write: (id: number, isOld: boolean) => void): Promise<BringUpPorts> {
  const { clock } = time;
  const read = { versions: [], holder: undefined, isFollowed: true, control: undefined };
  const lease = new FollowLease({ read: async () => read, clock, leaseMs: 3_600_000, intervalMs: 3_600_000 });
  const refuse = (): never => {
    throw new TypeError('a follower does not do that here');
  };
  const wire: TablePort = {
    ...{ readPage: refuse, readItem: refuse, readItems: refuse, writeTransaction: refuse, writeTogether: refuse, putBack: refuse },
    writeBatch: async (writes) => {
      await time.wait(6 + 0.25 * writes.length);
      for (const [index] of writes.entries()) write(2e9 + index, false);
      return writes.map(() => ({ kind: 'written', units: 1 }));
    },
  };
  return {
    ...{ table: 'Users', shape, state: await lease.state(), lease, chain: chainOf(3), wire, clock, deadline: Number.POSITIVE_INFINITY },
    writes: new SharedPacing(clock, unitsOfTable, { give: (_, until) => time.wait(ledgerMs).then(() => ({ isGiven: true, until })) }),
    reads: new Pacing(clock, Number.POSITIVE_INFINITY),
    records: {
      ...{ say: async () => undefined, late: async () => {}, broughtUp: async () => {} },
      ...{ failed: async () => {}, mended: async () => {}, openFailures: async () => [], closed: async () => {} },
    },
  };
}
