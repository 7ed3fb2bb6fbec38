import type { ExecutionState } from '../../aws/step-functions.ts';
import type { StatusDocument } from '../../cli/status/status-document.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { type Counters, noCounters } from '../../core/ledger/counters.ts';
import type { Lock } from '../../core/ledger/lock.ts';
import type { Run } from '../../core/ledger/run.ts';
import { type ControlFields, controlOf, runOf, withFields } from './control-record.ts';
import { usersShape } from './transformations.ts';

/** Records of a run of Users v1, v2 with 4 segments, as the ledger gives them. */
const execution = 'arn:aws:states:eu-west-1:123456789012:execution:dynamodt-transform-table:Users-up';

type StatusRun = NonNullable<StatusDocument['run']>;

export function countersWith(counters: Partial<Counters>): Counters {
  return { ...noCounters(), ...counters };
}

export function aRun(run: Partial<Run> = {}): Run {
  return runOf({
    tableName: 'users-prod',
    steps: [
      { sequence: 1, checksum: '1:a', prepares: false },
      { sequence: 2, checksum: '1:b', prepares: false },
    ],
    execution,
    startedAt: '2026-01-02T10:00:00.000Z',
    ...run,
  });
}

/** A run up of v3, as `status` says it. */
export function aStatusRun<Fields extends Partial<StatusRun>>(fields: Fields) {
  return {
    run: 'r1',
    direction: 'up' as const,
    dryRun: false,
    prepareOnly: false,
    sequences: [3],
    execution: 'arn',
    startedAt: '2026-01-02T10:00:00.000Z',
    ...fields,
  };
}

export function aControl(control: ControlFields = {}): Control {
  const itsThirdPass = controlOf({
    shape: { ...usersShape, name: 'users-prod' },
    pass: 3,
    step: 1,
    sequence: 2,
    checksum: '1:b',
    budget: { maxConcurrency: 4 },
    convergence: { firstPass: 3 },
  });
  return withFields(itsThirdPass, control);
}

export function aCheckpoint(segment: number, done: boolean, counters: Partial<Counters>): Checkpoint {
  return {
    run: 'r1',
    pass: 3,
    segment,
    sequence: 2,
    attempt: 1,
    saves: 0,
    checksum: '1:b',
    position: undefined,
    dirty: false,
    done,
    signedOff: done,
    abandoned: false,
    counters: countersWith(counters),
  };
}

export function aLock(lock: Partial<Lock> = {}): Lock {
  return { table: 'Users', run: 'r1', execution, fence: 1, ...lock };
}

export function anExecution(state: Partial<ExecutionState>): ExecutionState {
  return {
    status: 'running',
    startedAt: new Date('2026-01-02T10:00:00Z'),
    endedAt: undefined,
    error: undefined,
    cause: undefined,
    output: undefined,
    redriven: false,
    redriveCount: 0,
    ...state,
  };
}
