import { backOff, throttleBackoff } from '../backoff.ts';
import type { FoundItem } from '../change/change.ts';
import { targetText } from '../change/other-items.ts';
import type { Clock } from '../clock.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { Pacing } from './pacing/pacing.ts';
import type { SegmentGate } from './segment-gate.ts';
import { maxTargets, type TablePort } from './table-port.ts';

/** Keys that are asked for within this time go into one request. */
const gatherMs = 1;

export interface TargetReadsPorts {
  table: Pick<TablePort, 'readItems'>;
  shape: TableShape;
  reads: Pick<Pacing, 'pay' | 'correct' | 'throttled'>;
  gate: Pick<SegmentGate, 'waitUntilMayRead'>;
  clock: Clock;
  /** Called with the read units of each answer. */
  count(units: number): void;
}

interface Wanted {
  target: FoundItem;
  isStrong: boolean;
  resolve: (found: FoundItem[]) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads the items under the keys that decisions ask for. Those of several items that are decided at the same time travel together, up to 100 in
 * one request, and are paid for from the budget of reads.
 */
export class TargetReads {
  readonly #ports: TargetReadsPorts;
  #wanted: Wanted[] = [];

  constructor(ports: TargetReadsPorts) {
    this.#ports = ports;
  }

  /**
   * @param isStrong whether an item that was written just now must be seen
   * @returns those that exist
   * @throws Halted: when the segment must stop
   */
  async read(targets: readonly FoundItem[], isStrong: boolean): Promise<FoundItem[]> {
    const found = targets.map(
      (target) =>
        new Promise<FoundItem[]>((resolve, reject) => {
          this.#wanted.push({ target, isStrong, resolve, reject });
          if (this.#wanted.length >= maxTargets) this.#send();
          else if (this.#wanted.length === 1) void this.#ports.clock.sleep(gatherMs).then(() => this.#send());
        }),
    );
    return (await Promise.all(found)).flat();
  }

  #send(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (const isStrong of [false, true]) {
      const together = wanted.filter((each) => each.isStrong === isStrong);
      if (together.length > 0) void this.#answer(together, isStrong);
    }
  }

  async #answer(wanted: readonly Wanted[], isStrong: boolean): Promise<void> {
    try {
      const { shape } = this.#ports;
      const distinct = new Map(wanted.map(({ target }) => [targetText(target, shape), target]));
      const found = new Map((await this.#readAll([...distinct.values()], isStrong)).map((item) => [targetText(item, shape), item]));
      for (const { target, resolve } of wanted) {
        const item = found.get(targetText(target, shape));
        resolve(item ? [item] : []);
      }
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }

  /** DynamoDB may leave out items of a large answer, or of a busy table: they are asked for again. */
  async #readAll(targets: readonly FoundItem[], isStrong: boolean): Promise<FoundItem[]> {
    const { table, reads, gate, clock } = this.#ports;
    const found: FoundItem[] = [];
    let left = targets;
    for (let retry = 0; left.length > 0; ) {
      const paid = await reads.pay(left.length * (isStrong ? 1 : 0.5), () => gate.waitUntilMayRead());
      await gate.waitUntilMayRead();
      const answer = await table.readItems(left, isStrong);
      if ('kind' in answer) {
        reads.correct(paid, 0);
        reads.throttled();
      } else {
        reads.correct(paid, answer.readUnits);
        this.#ports.count(answer.readUnits);
        found.push(...answer.found);
      }
      const unread = 'kind' in answer ? left : answer.unread;
      if (unread.length === left.length) await backOff(clock, retry++, throttleBackoff);
      left = unread;
    }
    return found;
  }
}
