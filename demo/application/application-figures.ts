import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { OperationKind } from './application-description.ts';

/** What the application did in one lap. */
export interface Figures {
  readonly seconds: number;
  /** Acknowledged operations. */
  readonly operations: Readonly<Record<OperationKind, number>>;
  readonly total: number;
  /** Milliseconds from the first request of an operation to its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Operations that were refused although, by the application's own writes alone, they could not have been. */
  readonly surprises: number;
}

function none(): Record<OperationKind, number> {
  return { update: 0, replace: 0, insert: 0, delete: 0, reinsert: 0 };
}

/** Counts operations and their latencies, lap by lap, in constant memory. */
export class ApplicationFigures {
  #started = performance.now();
  #operations = none();
  #surprises = 0;
  readonly #microseconds: RecordableHistogram = createHistogram();

  done(kind: OperationKind, milliseconds: number): void {
    this.#operations[kind] += 1;
    this.#microseconds.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  surprised(): void {
    this.#surprises += 1;
  }

  /** The figures since the lap before; the next lap begins. */
  lap(): Figures {
    const now = performance.now();
    const total = Object.values(this.#operations).reduce((sum, count) => sum + count, 0);
    const percentile = (p: number) => (total === 0 ? 0 : this.#microseconds.percentile(p) / 1000);
    const figures: Figures = {
      seconds: (now - this.#started) / 1000,
      operations: this.#operations,
      total,
      p50: percentile(50),
      p99: percentile(99),
      surprises: this.#surprises,
    };
    this.#started = now;
    this.#operations = none();
    this.#surprises = 0;
    this.#microseconds.reset();
    return figures;
  }
}
