import { type Control, freshConvergence } from '../../core/ledger/control.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import { usersShape } from './transformations.ts';

type Groups = Pick<Control, 'decision' | 'budget' | 'marks' | 'convergence' | 'settled' | 'lease'>;
/** What a test says of a control; of a group, only what matters to it. */
export type ControlFields = Partial<Omit<Control, keyof Groups>> & { [Group in keyof Groups]?: Partial<Groups[Group]> };

/** The control of a run that just began. */
export function controlOf(fields: ControlFields = {}): Control {
  return withFields(
    {
      run: 'r1',
      table: 'Users',
      shape: usersShape,
      direction: 'up',
      dryRun: false,
      totalSegments: 4,
      fence: 1,
      pass: 1,
      step: 0,
      sequence: 3,
      checksum: 'c3',
      prepares: false,
      earlier: [],
      decision: { number: 1, kind: 'transform', redriveCount: 0 },
      budget: { maxConcurrency: 40, workers: 4 },
      marks: { failures: 0, maxFailures: 100 },
      convergence: freshConvergence(1),
      settled: { run: noCounters() },
      lease: { leaseMs: 10_000, controlIntervalMs: 3000, mayHaveZombies: false, quietMs: 0 },
      ended: false,
    },
    fields,
  );
}

/** The control with other fields, also within its groups. */
export function withFields(control: Control, { decision, budget, marks, convergence, settled, lease, ...fields }: ControlFields): Control {
  return {
    ...control,
    ...fields,
    decision: { ...control.decision, ...decision },
    budget: { ...control.budget, ...budget },
    marks: { ...control.marks, ...marks },
    convergence: { ...control.convergence, ...convergence },
    settled: { ...control.settled, ...settled },
    lease: { ...control.lease, ...lease },
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
