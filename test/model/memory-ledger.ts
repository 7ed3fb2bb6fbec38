import type { ItemErrorName } from '../../core/errors.ts';
import type { Checkpoint, SegmentAssignment } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { outcomes } from '../../core/ledger/counters.ts';
import type { CheckpointPort } from '../../core/segment/segment-ports.ts';
import { withFields } from '../support/control-record.ts';
import type { Findings } from './findings.ts';
import type { Network } from './network.ts';
import type { Process } from './scheduler.ts';

/** Control and checkpoints of one run. */
export class MemoryLedger {
  control: Control;
  readonly failures = new Map<ItemErrorName, number>();
  /** Called when a worker has settled all items of its segment, and has not left: a second look follows. */
  onSecondLook = (_: SegmentAssignment): void => {};
  readonly #network: Network;
  readonly #findings: Findings;
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #owners = new Map<string, Process>();

  constructor(control: Control, network: Network, findings: Findings) {
    this.control = control;
    this.#network = network;
    this.#findings = findings;
  }

  /** A segment of the present pass. */
  assignment(segment: number): SegmentAssignment {
    const { run, pass } = this.control;
    return { run, pass, segment };
  }

  isDone(segment: number): boolean {
    return this.checkpoint(this.assignment(segment))?.done ?? false;
  }

  checkpoint(assignment: SegmentAssignment): Checkpoint | undefined {
    return this.#checkpoints.get(textOf(assignment));
  }

  /** The worker that took the segment last. */
  isOwner(process: Process, assignment: SegmentAssignment): boolean {
    return this.#owners.get(textOf(assignment)) === process;
  }

  readControl(process: Process): Promise<Control> {
    return this.#network.send(process, 'control is read', async () => ({ ...this.control }));
  }

  checkpointsFor(process: Process): CheckpointPort {
    const send = <Answer>(label: string, serve: () => Answer) => this.#network.send(process, label, async () => serve());
    return {
      read: (assignment) => send('checkpoint is read', () => this.checkpoint(assignment)),
      take: (checkpoint, savesRead = 0) =>
        send('segment is taken', () => {
          const isAsRead = (this.checkpoint(checkpoint)?.saves ?? 0) === savesRead;
          const taken = isAsRead && this.#put(checkpoint, checkpoint.attempt - 1);
          if (taken) this.#owners.set(textOf(checkpoint), process);
          return taken;
        }),
      save: (checkpoint, failuresCounted) =>
        send('checkpoint is saved', () => {
          const before = this.checkpoint(checkpoint);
          if (before?.attempt === checkpoint.attempt && before.saves >= checkpoint.saves) return true;
          if (!this.#put(checkpoint, checkpoint.attempt)) return false;
          if (checkpoint.done && !checkpoint.signedOff && !checkpoint.isSecondLook) this.onSecondLook(checkpoint);
          const failures = checkpoint.counters.failed - (before?.counters.failed ?? failuresCounted);
          this.control = withFields(this.control, { marks: { failures: this.control.marks.failures + failures } });
          return true;
        }),
      recordToChange: async () => {},
      recordFailures: (_checkpoint, failures) =>
        send('failures are recorded', () => {
          for (const { error } of failures) this.failures.set(error.name, (this.failures.get(error.name) ?? 0) + 1);
        }),
    };
  }

  #put(checkpoint: Checkpoint, expectedAttempt: number): boolean {
    const { scanned, ...counters } = checkpoint.counters;
    if (scanned !== outcomes.reduce((sum, outcome) => sum + counters[outcome], 0))
      this.#findings.violate(`the counters do not add up: ${JSON.stringify(checkpoint.counters)}`);
    if ((this.checkpoint(checkpoint)?.attempt ?? 0) !== expectedAttempt) return false;
    this.#checkpoints.set(textOf(checkpoint), checkpoint);
    return true;
  }
}

function textOf({ pass, segment }: SegmentAssignment): string {
  return `${pass}/${segment}`;
}
