import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import type { Version } from '../../core/ledger/version.ts';
import type { LedgerReads, LedgerWrites } from '../../core/run/ledger-port.ts';
import { controlOf, runOf } from './control-record.ts';

/** A finished checkpoint of the run's first pass. */
export function checkpoint(segment: number, fields: Partial<Checkpoint> = {}): Checkpoint {
  return {
    run: 'r1',
    pass: 1,
    segment,
    sequence: 3,
    attempt: 1,
    checksum: 'c3',
    position: undefined,
    dirty: false,
    done: true,
    signedOff: true,
    abandoned: false,
    counters: noCounters(),
    ...fields,
  };
}

/** A ledger of one run: decisions are kept, and counted. */
export function memoryLedger(checkpoints: readonly Checkpoint[], versions: Version[] = []) {
  const kept: { run: Run; control: Control; decisions: number; failed: string[] } = {
    run: runOf(),
    control: controlOf(),
    decisions: 0,
    failed: [],
  };
  const ledger: LedgerReads & LedgerWrites = {
    lock: async () => undefined,
    run: async () => kept.run,
    control: async () => kept.control,
    versions: async () => versions,
    checkpoints: async () => new Map(checkpoints.map((one) => [one.segment, one])),
    failures: async () => [{ name: 'TransformThrew', place: 'Users/v3.ts:4' }],
    recordStart: async () => true,
    recordVerdict: async ({ control }) => {
      kept.control = control;
      kept.decisions++;
      return true;
    },
    recordFailure: async (_, error) => {
      kept.failed.push(error.name);
    },
  };
  return { kept, ledger };
}
