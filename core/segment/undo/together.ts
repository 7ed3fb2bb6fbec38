import { backOff, throttleBackoff } from '../../backoff.ts';
import { leftAsItIs, type OtherWrite } from '../../change/change.ts';
import { changeUnits, unitsOfOtherTables } from '../../change/change-units.ts';
import { ConcurrencyLimit } from '../../change/team-functions.ts';
import type { Clock } from '../../clock.ts';
import { ItemError } from '../../errors.ts';
import type { TableShape } from '../../values/table-shape.ts';
import type { Pacing } from '../pacing/pacing.ts';
import type { SegmentGate } from '../segment-gate.ts';
import { isFault, type TablePort, type WriteResult } from '../table-port.ts';
import { ItemFaults } from '../writes/item-faults.ts';
import type { WriteBatches } from '../writes/write-batches.ts';

export interface TogetherPorts {
  table: Pick<TablePort, 'writeTogether'>;
  shape: TableShape;
  writes: Pacing;
  /** The pacing of another table, by its logical name. */
  other: (table: string) => Pacing;
  gate: Pick<SegmentGate, 'waitUntilMayWrite' | 'mayWriteNow'>;
  clock: Clock;
  batches: Pick<WriteBatches, 'answered'>;
  maxInFlight: number;
}

/** What became of writes that were sent together. */
export interface TogetherResult {
  kind: 'written' | 'conditionFailed';
  units: number;
  otherUnits: number;
}

/** Sends transactions, each from the budgets of its tables, and each until it is answered. */
export class Together {
  readonly #ports: TogetherPorts;
  readonly #turns: ConcurrencyLimit;

  constructor(ports: TogetherPorts) {
    this.#ports = ports;
    this.#turns = new ConcurrencyLimit(ports.maxInFlight);
  }

  /**
   * Makes all writes, or none, each on condition that its item is as it was found.
   *
   * @throws ItemError NotWritten, InvalidValue
   * @throws Halted: when the segment must stop
   */
  async send(writes: readonly OtherWrite[]): Promise<TogetherResult> {
    return this.#turns.run(() => this.#untilAnswered(writes));
  }

  async #untilAnswered(writes: readonly OtherWrite[]): Promise<TogetherResult> {
    const { clock, batches } = this.#ports;
    const faults = new ItemFaults(clock, () => batches.answered);
    for (let retry = 0; ; ) {
      const { result, units, otherUnits } = await this.#sendOnce(writes);
      switch (result.kind) {
        case 'written':
          return { kind: 'written', units, otherUnits };
        case 'throttled':
          if (isFault(result)) faults.count();
          await backOff(clock, retry++, throttleBackoff);
          break;
        case 'refused':
          throw new ItemError(
            'InvalidValue',
            `DynamoDB refused to take the change back: ${result.code}. It writes ${writes.length} items. With what the application wrote since, an item may be larger than 400 KB.`,
          );
        default:
          return { kind: 'conditionFailed', units, otherUnits };
      }
    }
  }

  async #sendOnce(writes: readonly OtherWrite[]): Promise<{ result: WriteResult; units: number; otherUnits: number }> {
    const { table, shape, gate, writes: pacing, other } = this.#ports;
    const change = { item: leftAsItIs, inserts: [], others: writes };
    const estimate = changeUnits({}, change, shape);
    const mayGoOn = (): Promise<void> => gate.waitUntilMayWrite();
    const paid = await pacing.pay(estimate, mayGoOn);
    const elsewhere = await Promise.all(
      Object.entries(unitsOfOtherTables(change, shape)).map(async ([name, units]) => ({
        name,
        pacing: other(name),
        paid: await other(name).pay(units, mayGoOn),
      })),
    );
    await gate.waitUntilMayWrite();
    const result = await table.writeTogether(writes, gate.mayWriteNow);
    const isFree = result.kind === 'throttled' && !result.isUnknown;
    const reported = result.kind === 'written' ? result.units : undefined;
    const units = isFree ? 0 : (reported ?? paid);
    pacing.correct(paid, units);
    if (reported !== undefined) pacing.learn(estimate, reported);
    let otherUnits = 0;
    for (const each of elsewhere) {
      const consumed = isFree ? 0 : ((result.kind === 'written' ? result.otherUnits?.[each.name] : undefined) ?? each.paid);
      each.pacing.correct(each.paid, consumed);
      otherUnits += consumed;
    }
    if (result.kind === 'throttled' && !result.isNotSent) for (const each of [{ pacing }, ...elsewhere]) each.pacing.throttled();
    return { result, units, otherUnits };
  }
}
