import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { controlOf, runOf } from './control-record.ts';
import { MemoryLedger } from './memory-ledger.ts';

/** A finished checkpoint of the run's first pass. */
export function checkpoint(segment: number, fields: Partial<Checkpoint> = {}): Checkpoint {
  return {
    run: 'r1',
    pass: 1,
    segment,
    sequence: 3,
    attempt: 1,
    saves: 0,
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

/** A ledger of one run that holds its table, and what a test asks of it. */
export function memoryLedger(checkpoints: readonly Checkpoint[], versions: readonly Version[] = []) {
  const ledger = new MemoryLedger();
  const kept = {
    get run(): Run {
      return ledger.runsById.get('r1') ?? runOf();
    },
    set run(run: Run) {
      ledger.runsById.set('r1', run);
    },
    get control(): Control {
      return ledger.controls.get('r1') ?? controlOf();
    },
    set control(control: Control) {
      ledger.controls.set('r1', control);
      ledger.locks.set('Users', { table: 'Users', run: 'r1', execution: 'arn:e1', fence: control.fence });
    },
    get decisions(): number {
      return ledger.written.filter((changes) => changes.some(({ kind }) => kind === 'updateControl')).length;
    },
    /** Names of the errors by which the run was recorded as failed. */
    get failed(): string[] {
      return ledger.written
        .flat()
        .flatMap((change) => (change.kind === 'updateRun' && change.fields.error ? [change.fields.error.name] : []));
    },
  };
  kept.run = runOf();
  kept.control = controlOf();
  ledger.putVersion({ table: 'Users', sequence: 3, status: 'applying', checksum: 'c3', run: 'r1', execution: 'arn:e1', at: 'then' });
  for (const version of versions) ledger.putVersion(version);
  ledger.putCheckpoints(checkpoints);
  ledger.recordedFailures = [{ name: 'TransformThrew', place: 'Users/v3.ts:4' }];
  return { kept, ledger };
}
