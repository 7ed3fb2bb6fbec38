import type { Checkpoint } from '../core/checkpoint.ts';
import type { Clock } from '../core/clock.ts';
import { noCounters } from '../core/counters.ts';
import type { Control } from '../core/run.ts';
import { transformSegment } from '../core/transform-segment.ts';
import { modelledShape, modelledTable } from './modelled-table.ts';

/** Simulated time: who waits for a budget moves it on, so that pacing costs nothing here. */
let now = 0;
const clock: Clock = {
  monotonic: () => now,
  wall: () => now,
  sleep: async (milliseconds) => {
    now += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  },
  random: Math.random,
};

const control: Control = {
  run: 'bench',
  table: 'Modelled',
  shape: modelledShape,
  direction: 'up',
  dryRun: false,
  fence: 1,
  attempt: 1,
  redriveCount: 0,
  decision: 'transform',
  pass: 1,
  firstPassOfSequence: 1,
  step: 0,
  sequence: 1,
  checksum: '1:bench',
  prepares: false,
  earlier: [],
  totalSegments: 1,
  maxConcurrency: 1,
  workers: 1,
  leaseMs: 60_000,
  controlIntervalMs: 3000,
  maxFailures: 100,
  failures: 0,
  progressBefore: 0,
  mapsWithoutProgress: 0,
  settled: noCounters(),
  mayHaveZombies: false,
  quietMs: 0,
  ended: false,
};

/** Runs the real worker over a modelled table. @returns the checkpoint it left */
export const runSegment = async (count: number): Promise<Checkpoint | undefined> => {
  let saved: Checkpoint | undefined;
  const keep = async (checkpoint: Checkpoint): Promise<boolean> => {
    saved = checkpoint;
    return true;
  };
  await transformSegment(
    { run: 'bench', pass: 1, segment: 0 },
    {
      clock,
      readControl: async () => control,
      checkpoints: { read: async () => undefined, take: keep, save: keep, recordFailures: async () => {} },
      loadTransformation: async () => ({
        checksum: control.checksum,
        transformation: {
          sequence: 1,
          declared: { adds: ['firstName', 'lastName'], overwrites: [], removes: [], inserts: false, deletes: false },
          reads: undefined,
          versionAttribute: undefined,
          seed: undefined,
          transformUp: (user) => {
            const [firstName, ...rest] = String(user['fullName']).split(' ');
            return { ...user, firstName, lastName: rest.join(' ') };
          },
          transformDown: undefined,
          prepare: undefined,
        },
      }),
      openTable: () => modelledTable(count),
      openSeeds: () => ({ position: async () => 0, insert: async () => ({ kind: 'done' }) }),
      readPreparation: async () => undefined,
      contextOf: () => ({
        table: 'Modelled',
        tableName: 'Modelled',
        sequence: 1,
        direction: 'up',
        dryRun: false,
        documentClient: undefined,
        log: () => {},
      }),
      deadline: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
      log: () => {},
      measure: () => {},
    },
  );
  return saved;
};
