import type { Clock } from '../clock.ts';
import type { ReportRecord } from '../journal/journal-record.ts';
import type { Checkpoint } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { ControlWatch } from './control-watch.ts';
import type { WorkerPacing } from './pacing/worker-pacing.ts';
import { Halted } from './segment-gate.ts';
import type { CheckpointPort } from './segment-ports.ts';
import { maxRecordedKeys, type SegmentProgress, withNextReport } from './segment-progress.ts';
import { SegmentTimeline } from './segment-timeline.ts';

/** Milliseconds between two saves of a worker. */
export const saveIntervalMs = { min: 1000, max: 3000 };
/** Capacity units of the team's table after which a save is due before the max interval is over. A save costs about two write units of the ledger. */
export const unitsPerSave = 2000;
/** Max saves of all workers together: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const maxSavesPerSecond = 500;

export interface SegmentSavesPorts {
  clock: Clock;
  watch: ControlWatch;
  pacing: WorkerPacing;
  checkpoints: Pick<CheckpointPort, 'save' | 'recordFailures' | 'recordToChange'>;
  /** Writes the object with this number. */
  writeReport(number: number, records: readonly ReportRecord[]): Promise<void>;
}

/** Saves the progress of one worker until another takes its segment. */
export class SegmentSaves {
  readonly #progress: SegmentProgress;
  readonly #ports: SegmentSavesPorts;
  readonly #timeline: SegmentTimeline;
  readonly #interval: number;
  #savedAt: number;
  /** Units that the checkpoint counted then. */
  #savedUnits = 0;
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #dirtySaved: Promise<void> | undefined;
  #failuresRecorded: number;
  /** Of the last checkpoint that is known to be saved. */
  #failuresCounted: number;

  constructor(progress: SegmentProgress, { totalSegments, budget }: Control, ports: SegmentSavesPorts) {
    this.#progress = progress;
    this.#ports = ports;
    this.#timeline = new SegmentTimeline(ports.clock, progress.checkpoint, totalSegments);
    this.#interval = Math.max(saveIntervalMs.min, (budget.maxConcurrency / maxSavesPerSecond) * 1000);
    this.#savedAt = ports.clock.monotonic();
    this.#savedUnits = this.#units;
    this.#failuresRecorded = progress.checkpoint.counters.failed;
    this.#failuresCounted = progress.checkpoint.counters.failed;
  }

  get isDue(): boolean {
    if (this.#waiting) return false;
    const elapsed = this.#ports.clock.monotonic() - this.#savedAt;
    return elapsed >= this.#interval && (elapsed >= saveIntervalMs.max || this.#units - this.#savedUnits >= unitsPerSave);
  }

  get #units(): number {
    const { readUnits, writeUnits } = this.#progress.checkpoint.counters;
    return readUnits + writeUnits;
  }

  /** Saves one after the other, each with what is settled when it starts. Calls that come while a save waits to start share that save. */
  save(): Promise<void> {
    this.#waiting ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        this.#savedUnits = this.#units;
        this.#running = this.#saveOnce().finally(() => {
          this.#savedAt = this.#ports.clock.monotonic();
        });
        return this.#running;
      });
    return this.#waiting;
  }

  /** Resolves when the saved checkpoint is `dirty`. All writes wait for the same save. */
  saveDirty(): Promise<void> {
    this.#dirtySaved ??= this.#saveDirtyOnce();
    return this.#dirtySaved;
  }

  /**
   * Resolves when the saved checkpoint names the object of the journal, and is `dirty`.
   *
   * @throws Halted: when another worker has the segment, so that the checkpoint was not saved
   */
  async saveJournaled(number: number): Promise<void> {
    this.#progress.nameJournal(number);
    const saved = this.save();
    this.#dirtySaved ??= saved;
    await saved;
    const { halted } = this.#ports.watch;
    if (halted === 'superseded' || halted === 'lostSegment') throw new Halted(halted);
  }

  async #saveDirtyOnce(): Promise<void> {
    if (this.#progress.checkpoint.dirty) return;
    this.#progress.markDirty();
    await this.save();
  }

  async #saveOnce(): Promise<void> {
    const { watch, pacing, checkpoints } = this.#ports;
    if (watch.halted === 'superseded') {
      // Nobody will find these items again. Only their keys are recorded, which no other worker writes.
      const lost = this.#progress.failures.filter(({ error }) => error.name === 'NotPutBack');
      if (lost.length > 0) await checkpoints.recordFailures(this.#progress.checkpoint, lost, maxRecordedKeys);
      return;
    }
    const pace = this.#progress.checkpoint.signedOff ? undefined : pacing.takePace();
    if (pace) this.#progress.setPace(pace);
    const throttled = pacing.takeThrottles();
    if (throttled > 0) this.#progress.count({ throttled });
    this.#progress.record(this.#timeline.upTo(this.#progress.checkpoint.counters));
    this.#progress.countSave();
    const { checkpoint: counted, failures, toChange, reports } = this.#progress;
    if (failures.length > 0) {
      await checkpoints.recordFailures(counted, failures, Math.max(0, maxRecordedKeys - this.#failuresRecorded));
      this.#failuresRecorded += failures.length;
      this.#progress.forgetFailures(failures.length);
    }
    if (toChange.length > 0) {
      await checkpoints.recordToChange(counted, toChange);
      this.#progress.forgetToChange(toChange.length);
    }
    const checkpoint = reports.length > 0 ? await this.#report(counted, reports) : counted;
    if (!(await checkpoints.save(checkpoint, this.#failuresCounted))) return watch.halt('lostSegment');
    this.#failuresCounted = checkpoint.counters.failed;
  }

  /** Before the checkpoint that counts these items: one that is saved names all that it counts. @returns the checkpoint with the object's name */
  async #report(counted: Checkpoint, records: readonly ReportRecord[]): Promise<Checkpoint> {
    const named = { ...counted, reports: withNextReport(counted) };
    await this.#ports.writeReport(named.reports.at(-1)?.last ?? 1, records);
    this.#progress.nameReport(records.length);
    return named;
  }
}
