import type { Control } from '../../core/ledger/control.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf } from '../../core/values/table-shape.ts';
import { withFields } from '../support/control-record.ts';
import { itemKey, type WriteSpec, writesOf } from './application.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import type { MemoryTable } from './memory-table.ts';
import type { Network, Request } from './network.ts';
import { redriven } from './redriven.ts';
import type { Interference } from './schedule.ts';
import type { Scheduler } from './scheduler.ts';
import type { SerialHistory } from './serial-history.ts';
import type { Version } from './version.ts';
import type { Workers } from './workers.ts';

export interface InterferencesPorts {
  version: Version;
  scheduler: Scheduler;
  network: Network;
  table: MemoryTable;
  /** By their logical names. */
  others: Readonly<Record<string, MemoryTable>>;
  ledger: MemoryLedger;
  history: SerialHistory;
  workers: Workers;
  /** Milliseconds that a started worker has. */
  patience: number;
  onWrite(key: Image, table: string | undefined): void;
  /** Replaces what a redrive decides, to inject a defect. */
  distortRedrive?: ((control: Control) => Control) | undefined;
}

/** Applies the interferences of a schedule to the run at their times. */
export class Interferences {
  readonly #ports: InterferencesPorts;
  /** Ordered by when they are due. */
  #pending: Interference[];
  /** Due, and waiting for an operation. */
  #armed: Interference[] = [];
  #staleness = 0;
  #applicationVersion = 0;

  constructor(interferences: readonly Interference[], ports: InterferencesPorts) {
    this.#pending = interferences.toSorted((a, b) => a.at - b.at);
    this.#ports = ports;
  }

  get areOver(): boolean {
    return this.#pending.length === 0;
  }

  /** Ends all interferences. */
  end(): void {
    this.#pending = [];
    this.#armed = [];
    this.#staleness = 0;
    this.#ports.network.calmDown();
    this.#ports.scheduler.calmDown();
  }

  /** Applies the interferences that are due now. */
  due(): void {
    for (let next = this.#pending[0]; next && next.at <= this.#ports.scheduler.stepsTaken; next = this.#pending[0]) {
      this.#pending.shift();
      if (next.moment === 'now') this.#act(next);
      else this.#armed.push({ ...next });
    }
  }

  /** Applies the interferences that wait for an operation. */
  around(moment: 'before' | 'after', key: Image, request: Request): void {
    for (const next of this.#armed) {
      if (next.moment !== moment) continue;
      if (next.skip-- > 0 || next.times-- <= 0) continue;
      this.#act(next, { key: keyOf(this.#ports.version.shape, key), request });
    }
  }

  /** By how many writes the next page is stale. */
  takeStaleness(): number {
    const staleness = this.#staleness;
    this.#staleness = 0;
    return staleness;
  }

  #act({ action }: Interference, met?: { key: Image; request: Request }): void {
    const { version, scheduler, network, ledger, workers, patience } = this.#ports;
    if (action.what !== 'write') scheduler.note(JSON.stringify(action));
    const workerAt = (index: number) => (met ? workers.of(met.request.process) : workers.pick(index));
    switch (action.what) {
      case 'write':
        this.#write(met?.key ?? itemKey(version, action.item), action.write);
        return;
      case 'fault':
        if (met) met.request.fault = action.fault;
        else network.disturb(action.fault, action.request);
        return;
      case 'kill': {
        const worker = workerAt(action.worker);
        if (worker) scheduler.kill(worker, action.inFlight);
        return;
      }
      case 'zombie': {
        const worker = workerAt(action.worker);
        if (worker?.current) workers.start(worker.segment, patience);
        return;
      }
      case 'stale':
        this.#staleness = action.back;
        return;
      case 'freeze':
        scheduler.now += action.milliseconds;
        return;
      case 'pause':
        ledger.control = withFields(ledger.control, { marks: { paused: { by: 'model', since: '' } } });
        // Workers read the control again only after an interval.
        scheduler.now += ledger.control.lease.controlIntervalMs;
        return;
      case 'takeover':
        ledger.control = { ...ledger.control, fence: ledger.control.fence + 1, pass: ledger.control.pass + 1 };
        return;
      case 'redrive':
        this.#redrive();
    }
  }

  #redrive(): void {
    const { scheduler, ledger, workers, patience, distortRedrive = (control) => control } = this.#ports;
    const segments = Array.from({ length: ledger.control.totalSegments }, (_, segment) => segment);
    const checkpoints = segments.flatMap((segment) => ledger.checkpoint(ledger.assignment(segment)) ?? []);
    const control = redriven(ledger.control, checkpoints, scheduler.now);
    if (!control) return;
    // SettlePass waits until late writes can no longer arrive.
    scheduler.now = Math.max(scheduler.now, control.lease.quietUntil ?? 0);
    ledger.control = distortRedrive(control);
    for (const segment of segments) if (!ledger.isDone(segment)) workers.start(segment, patience);
  }

  #write(own: Image, spec: WriteSpec): void {
    const { version, table, others, scheduler, history, onWrite } = this.#ports;
    const tableOf = (name: string | undefined): MemoryTable => (name === undefined ? table : (others[name] ?? table));
    const presentAt = (key: Image, name: string | undefined): Image | undefined => tableOf(name).get(key);
    for (const write of writesOf(version, own, spec, presentAt, () => String(++this.#applicationVersion))) {
      const result = write.apply(presentAt(write.key, write.table));
      scheduler.note(`the application ${write.label}: ${result.outcome}`);
      tableOf(write.table).replace(write.key, result.image);
      history.applied(write, result);
      onWrite(write.key, write.table);
    }
  }
}
