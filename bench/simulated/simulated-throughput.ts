import type { SimulatedTime } from './simulated-time.ts';

/** The throughput and latency of a table. */
export interface Throughput {
  /** Units a second of the whole table; Infinity for no limit. */
  writeUnits: number;
  readUnits: number;
  /** Seconds of unused throughput that are saved for bursts: DynamoDB saves up to 300, without a guarantee. */
  burstSeconds: number;
  partitions: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const partitionUnits = { write: 1000, read: 3000 };
/** Max concurrent requests of a partition, and milliseconds of work for one unit. Assumed. */
const partitionServers = 8;
const millisecondsPerUnit = { write: 1, read: 0.25 };
/** Round trip to DynamoDB: lognormal, median 3 ms, 99 % within 6.8 ms. Assumed. */
const network = { median: 3, sigma: 0.35 };

type Kind = 'read' | 'write';

/**
 * A modelled table's capacity: token buckets for the whole table and for each partition refuse requests above the limit, and accepted requests
 * wait for one of their partition's servers. So a request behind a burst waits longer, and a request after the throughput is used up is
 * refused.
 */
export class SimulatedThroughput {
  readonly #time: SimulatedTime;
  readonly #table: Record<Kind, Bucket>;
  readonly #partitions: Record<Kind, Bucket>[];
  readonly #servers: number[][];

  constructor(time: SimulatedTime, { writeUnits, readUnits, burstSeconds, partitions }: Throughput) {
    const seconds = Math.max(1, burstSeconds);
    this.#time = time;
    this.#table = { write: new Bucket(time, writeUnits, seconds), read: new Bucket(time, readUnits, seconds) };
    this.#partitions = Array.from({ length: partitions }, () => ({
      write: new Bucket(time, partitionUnits.write, 1),
      read: new Bucket(time, partitionUnits.read, 1),
    }));
    this.#servers = Array.from({ length: partitions }, () => new Array<number>(partitionServers).fill(0));
  }

  /** One round trip to DynamoDB, in milliseconds. */
  trip(): number {
    // The Box-Muller transform gives a normal distribution.
    const normal = Math.sqrt(-2 * Math.log(1 - this.#time.random())) * Math.cos(2 * Math.PI * this.#time.random());
    return network.median * Math.exp(network.sigma * normal);
  }

  /** Takes the units from a partition. @returns milliseconds that the partition works on them; undefined if it refuses */
  take(kind: Kind, units: number, partition: number): number | undefined {
    const own = this.#partitions[partition];
    const servers = this.#servers[partition];
    if (!own || !servers || !this.#table[kind].has(units) || !own[kind].has(units)) return undefined;
    this.#table[kind].take(units);
    own[kind].take(units);
    const { now } = this.#time;
    const free = servers.indexOf(Math.min(...servers));
    const end = Math.max(now, servers[free] ?? now) + units * millisecondsPerUnit[kind];
    servers[free] = end;
    return end - now;
  }
}

class Bucket {
  readonly #time: SimulatedTime;
  readonly #rate: number;
  readonly #depth: number;
  #tokens: number;
  #filledAt = 0;

  constructor(time: SimulatedTime, rate: number, seconds: number) {
    this.#time = time;
    this.#rate = rate;
    this.#depth = rate * seconds;
    // The load before is not known: one second of throughput is available at the start, but no saved burst.
    this.#tokens = rate;
  }

  /** A request larger than the bucket is accepted if the bucket is full. */
  has(units: number): boolean {
    if (this.#rate === Number.POSITIVE_INFINITY) return true;
    const { now } = this.#time;
    this.#tokens = Math.min(this.#depth, this.#tokens + (this.#rate * (now - this.#filledAt)) / 1000);
    this.#filledAt = now;
    return this.#tokens >= Math.min(units, this.#depth);
  }

  take(units: number): void {
    if (this.#rate !== Number.POSITIVE_INFINITY) this.#tokens -= units;
  }
}
