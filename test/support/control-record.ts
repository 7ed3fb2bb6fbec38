import type { Control } from '../../core/ledger/control.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import { usersShape } from './transformations.ts';

/** The control of a run that just began. */
export function controlOf(fields: Partial<Control> = {}): Control {
  return {
    run: 'r1',
    table: 'Users',
    shape: usersShape,
    direction: 'up',
    dryRun: false,
    fence: 1,
    attempt: 1,
    redriveCount: 0,
    decision: 'transform',
    pass: 1,
    firstPassOfSequence: 1,
    step: 0,
    sequence: 3,
    checksum: 'c3',
    prepares: false,
    earlier: [],
    totalSegments: 4,
    maxConcurrency: 40,
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
    ...fields,
  };
}

/** The run of that control. */
export function runOf(fields: Partial<Run> = {}): Run {
  return {
    id: 'r1',
    table: 'Users',
    tableName: 'Users-test',
    direction: 'up',
    steps: [{ sequence: 3, checksum: 'c3', prepares: false }],
    dryRun: false,
    prepareOnly: false,
    totalSegments: 4,
    status: 'running',
    execution: 'arn:e1',
    startedAt: '2030-01-01T00:00:00.000Z',
    counters: noCounters(),
    ...fields,
  };
}
