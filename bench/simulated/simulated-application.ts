import type { SimulatedThroughput } from './simulated-throughput.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** Requests of an application, at a rate that does not depend on the table's answers, since users do not wait for each other. */
export interface SimulatedTraffic {
  readsPerSecond: number;
  writesPerSecond: number;
  partitions: number;
  /** The number of the first of them; 0 if it is left out. */
  first?: number;
}

export interface ApplicationFigures {
  /** Latencies in milliseconds, including retries. */
  p50: number;
  p99: number;
  /** Requests a second that succeeded, and the share of requests that failed after the last try. */
  answeredPerSecond: number;
  failed: number;
}

/** Retries like the AWS SDK for JavaScript: three tries, full jitter from 100 ms on. */
const tries = 3;
const pauseMs = 100;

/** Uses the same table as a run, and measures the latency and failures for its users. */
export class SimulatedApplication {
  readonly #time: SimulatedTime;
  readonly #throughput: SimulatedThroughput;
  readonly #partitions: number;
  readonly #first: number;
  #latencies: number[] = [];
  #failures = 0;
  #since = 0;
  #isOver = false;

  constructor(
    time: SimulatedTime,
    throughput: SimulatedThroughput,
    { readsPerSecond, writesPerSecond, partitions, first = 0 }: SimulatedTraffic,
  ) {
    this.#time = time;
    this.#throughput = throughput;
    this.#partitions = partitions;
    this.#first = first;
    this.#arrive('read', readsPerSecond);
    this.#arrive('write', writesPerSecond);
  }

  /** Resets the figures. */
  measure(): void {
    this.#latencies = [];
    this.#failures = 0;
    this.#since = this.#time.now;
  }

  /** Ends the traffic, and returns the figures since `measure`. */
  end(): ApplicationFigures {
    this.#isOver = true;
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const answered = sorted.length - this.#failures;
    return {
      p50: at(0.5),
      p99: at(0.99),
      answeredPerSecond: answered / ((this.#time.now - this.#since) / 1000),
      failed: sorted.length === 0 ? 0 : this.#failures / sorted.length,
    };
  }

  /** Time to the next request. Arrivals are independent of each other (a Poisson process). */
  #arrive(kind: 'read' | 'write', perSecond: number): void {
    if (this.#isOver || perSecond === 0) return;
    this.#time.after((-Math.log(1 - this.#time.random()) / perSecond) * 1000, () => {
      this.#request(kind, this.#first + Math.floor(this.#time.random() * this.#partitions), this.#time.now, 1);
      this.#arrive(kind, perSecond);
    });
  }

  #request(kind: 'read' | 'write', partition: number, since: number, attempt: number): void {
    const work = this.#throughput.take(kind, 1, partition);
    const answeredAt = this.#time.now + this.#throughput.trip() + (work ?? 0);
    if (work === undefined && attempt < tries) {
      const pause = this.#time.random() * pauseMs * 2 ** (attempt - 1);
      this.#time.after(answeredAt - this.#time.now + pause, () => this.#request(kind, partition, since, attempt + 1));
      return;
    }
    this.#latencies.push(answeredAt - since);
    if (work === undefined) this.#failures++;
  }
}
