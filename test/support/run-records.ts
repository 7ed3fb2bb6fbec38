import type { ExecutionState } from '../../aws/step-functions.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { type Counters, noCounters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import type { Lock } from '../../core/run/take-table.ts';

/** Records of a run of Users v1, v2 with 4 segments, as the ledger gives them. */
const execution = 'arn:aws:states:eu-west-1:123456789012:execution:dynamodt-transform-table:Users-up';

export function countersWith(counters: Partial<Counters>): Counters {
  return { ...noCounters(), ...counters };
}

export function aRun(run: Partial<Run> = {}): Run {
  return {
    id: 'r1',
    table: 'Users',
    tableName: 'users-prod',
    direction: 'up',
    steps: [
      { sequence: 1, checksum: '1:a', prepares: false },
      { sequence: 2, checksum: '1:b', prepares: false },
    ],
    dryRun: false,
    prepareOnly: false,
    totalSegments: 4,
    status: 'running',
    execution,
    startedAt: '2026-01-02T10:00:00.000Z',
    counters: noCounters(),
    ...run,
  };
}

export function aControl(control: Partial<Control> = {}): Control {
  return {
    run: 'r1',
    table: 'Users',
    shape: { name: 'users-prod', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] },
    direction: 'up',
    dryRun: false,
    fence: 1,
    attempt: 1,
    redriveCount: 0,
    decision: 'transform',
    pass: 3,
    firstPassOfSequence: 3,
    step: 1,
    sequence: 2,
    checksum: '1:b',
    prepares: false,
    earlier: [],
    totalSegments: 4,
    maxConcurrency: 4,
    workers: 4,
    leaseMs: 10_000,
    controlIntervalMs: 3000,
    maxFailures: 100,
    failures: 0,
    progressBefore: 0,
    mapsWithoutProgress: 0,
    settled: noCounters(),
    mayHaveZombies: false,
    quietMs: 0,
    ended: false,
    ...control,
  };
}

export function aCheckpoint(segment: number, done: boolean, counters: Partial<Counters>): Checkpoint {
  return {
    run: 'r1',
    pass: 3,
    segment,
    sequence: 2,
    attempt: 1,
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
