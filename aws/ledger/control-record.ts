import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Control } from '../../core/ledger/control.ts';
import type { ControlEvent } from '../../core/ledger/control-event.ts';
import {
  byName,
  CountersRecord,
  count,
  direction,
  fromRecord,
  GivenRecord,
  PreparationRef,
  ScopeRecord,
  VersionCodeRecord,
} from './ledger-record.ts';

const keyType = z.enum(['S', 'N', 'B']);
const index = z.object({
  name: z.string(),
  kind: z.enum(['global', 'local']),
  keys: z.array(z.string()),
  partitionKeys: count.optional(),
  projected: z.union([z.literal('all'), z.array(z.string())]),
});
const operatorMark = z.object({ by: z.string(), since: z.string() });
const BudgetSourceRecord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('input') }),
  z.object({ kind: z.literal('throttle'), by: z.string(), since: z.string() }),
  z.object({
    kind: z.literal('throughput'),
    of: z.enum(['warm', 'provisioned', 'maximum']),
    units: count,
    index: z.string().optional(),
  }),
  z.object({ kind: z.literal('unknown') }),
]);

const limit = z.union([count, z.literal('unlimited')]);
const limitChange = z.object({ from: limit, to: limit }).optional();
const event = z.object({
  kind: z.enum(['paused', 'resumed', 'stopped', 'throttled']),
  at: z.string(),
  by: z.string(),
  budget: z.object({ writeUnits: limitChange, readUnits: limitChange }).optional(),
});

const EventsRecord = z.object({ events: z.array(event).catch([]) });

/** The events of a stored control; none if it has none, or they cannot be read. */
export function eventsIn(value: AttributeValue | undefined): ControlEvent[] {
  return value ? fromRecord(EventsRecord, { events: value }).events : [];
}

const shape = z.object({
  name: z.string(),
  keys: z.array(z.object({ name: z.string(), type: keyType })),
  indexKeys: byName(keyType),
  indexes: z.array(index).default([]),
});

const TogetherRecord = z.object({
  sequence: count,
  checksum: z.string(),
  bundleChecksum: z.string().optional(),
  packages: z.array(z.string()).optional(),
  file: z.string().optional(),
  given: GivenRecord.optional(),
  journals: z.literal(true).optional(),
  counters: CountersRecord.optional(),
  isCovered: z.boolean().optional(),
});

/**
 * A run's control as it is stored: flat, so that operators and workers can change single attributes, each by its own conditional update,
 * beside the decisions that write the others. What the attributes mean is said in core/ledger/control.ts.
 */
const StoredControl = z.object({
  run: z.string(),
  table: z.string(),
  shape: shape.extend({ others: byName(shape).optional() }),
  direction,
  dryRun: z.boolean(),
  totalSegments: count,
  fence: count,
  pass: count,
  step: count,
  sequence: count,
  checksum: z.string(),
  file: z.string().optional(),
  bundleChecksum: z.string().optional(),
  packages: z.array(z.string()).optional(),
  prepares: z.boolean().default(false),
  kept: z.literal(true).optional(),
  rewrites: z.array(VersionCodeRecord).optional(),
  scope: ScopeRecord.optional(),
  journals: z.literal(true).optional(),
  together: z.array(TogetherRecord).optional(),
  undoes: z.object({ run: z.string(), pass: count }).optional(),
  preparation: PreparationRef.optional(),
  given: GivenRecord.optional(),
  earlier: z
    .array(
      z.object({
        sequence: count,
        checksum: z.string(),
        bundleChecksum: z.string().optional(),
        kept: z.literal(true).optional(),
        scope: ScopeRecord.optional(),
        preparation: PreparationRef.optional(),
        given: GivenRecord.optional(),
      }),
    )
    .default([]),
  decisionNumber: count,
  decision: z.enum(['prepare', 'transform', 'wait', 'quiet', 'succeed']),
  redriveCount: count,
  resumed: z.literal(true).optional(),
  writeUnits: count.optional(),
  readUnits: count.optional(),
  writeUnitsSource: BudgetSourceRecord.optional(),
  readUnitsSource: BudgetSourceRecord.optional(),
  otherBudgets: byName(z.object({ writeUnits: count.optional(), writeUnitsSource: BudgetSourceRecord.optional() })).optional(),
  itemUnits: count.optional(),
  maxConcurrency: count,
  isConcurrencyAsked: z.boolean().optional(),
  workers: count,
  sharedAt: count.optional(),
  changesPerSegment: count.optional(),
  pauseAfter: z.object({ items: count, since: z.string(), run: z.string().optional() }).optional(),
  maxCost: z
    .object({
      amount: count,
      currency: z.string(),
      since: z.string(),
      run: z.string().optional(),
      prices: z.object({ millionWriteUnits: count, millionReadUnits: count, lambdaGigabyteSecond: count, thousandTransitions: count }),
    })
    .optional(),
  onlyBetween: z.object({ hours: z.string(), liftedUntil: count.optional() }).optional(),
  closesAt: count.optional(),
  paused: operatorMark.extend({ holders: z.array(operatorMark).optional() }).optional(),
  stopped: operatorMark.extend({ redriveCount: count }).optional(),
  taskToken: z.string().optional(),
  events: z.array(event).optional(),
  failures: count,
  maxFailures: count,
  firstPass: count,
  changedBefore: count.optional(),
  passBegunAt: count.optional(),
  progressBefore: count,
  mapsWithoutProgress: count,
  settled: CountersRecord,
  settledOfSequence: CountersRecord.optional(),
  isCovered: z.boolean().optional(),
  leaseMs: count,
  controlIntervalMs: count,
  mayHaveZombies: z.boolean(),
  quietMs: count,
  lateUntil: count.optional(),
  quietUntil: count.optional(),
  followLeaseMs: count.optional(),
  awaitsFollower: z.literal(true).optional(),
  ended: z.boolean(),
});
export type StoredControl = Omit<z.infer<typeof StoredControl>, 'shape'> & Pick<Control, 'shape'>;

export const ControlRecord = StoredControl.transform(fromStoredControl);

/** Names every attribute, also those that are undefined, so that an update removes them. */
export function toStoredControl({
  decision,
  budget,
  marks,
  convergence,
  settled,
  lease,
  file,
  bundleChecksum,
  packages,
  preparation,
  kept,
  rewrites,
  given,
  scope,
  journals,
  together,
  undoes,
  changesPerSegment,
  closesAt,
  ...rest
}: Control): Required<StoredControl> {
  return {
    ...rest,
    file,
    bundleChecksum,
    packages: packages && [...packages],
    preparation,
    kept,
    rewrites: rewrites && [...rewrites],
    given,
    scope,
    journals,
    together: together?.map((step) => ({ ...step, packages: step.packages && [...step.packages] })),
    undoes,
    changesPerSegment,
    closesAt,
    decisionNumber: decision.number,
    decision: decision.kind,
    redriveCount: decision.redriveCount,
    resumed: decision.resumed,
    writeUnits: budget.writeUnits,
    readUnits: budget.readUnits,
    writeUnitsSource: budget.writeUnitsSource,
    readUnitsSource: budget.readUnitsSource,
    otherBudgets: budget.others,
    itemUnits: budget.itemUnits,
    maxConcurrency: budget.maxConcurrency,
    isConcurrencyAsked: budget.isConcurrencyAsked,
    workers: budget.workers,
    sharedAt: budget.sharedAt,
    pauseAfter: marks.pauseAfter,
    maxCost: marks.maxCost,
    onlyBetween: marks.onlyBetween,
    paused: marks.paused,
    stopped: marks.stopped,
    taskToken: marks.taskToken,
    events: marks.events && [...marks.events],
    failures: marks.failures,
    maxFailures: marks.maxFailures,
    firstPass: convergence.firstPass,
    changedBefore: convergence.changedBefore,
    passBegunAt: convergence.begunAt,
    progressBefore: convergence.progressBefore,
    mapsWithoutProgress: convergence.mapsWithoutProgress,
    settled: settled.run,
    settledOfSequence: settled.sequence,
    isCovered: settled.isCovered,
    leaseMs: lease.leaseMs,
    controlIntervalMs: lease.controlIntervalMs,
    mayHaveZombies: lease.mayHaveZombies,
    quietMs: lease.quietMs,
    lateUntil: lease.lateUntil,
    quietUntil: lease.quietUntil,
    followLeaseMs: lease.followLeaseMs,
    awaitsFollower: lease.awaitsFollower,
  };
}

function fromStoredControl({
  decisionNumber: number,
  decision: kind,
  redriveCount,
  resumed,
  writeUnits,
  readUnits,
  writeUnitsSource,
  readUnitsSource,
  otherBudgets: others,
  itemUnits,
  maxConcurrency,
  isConcurrencyAsked,
  workers,
  sharedAt,
  pauseAfter,
  maxCost,
  onlyBetween,
  paused,
  stopped,
  taskToken,
  events,
  failures,
  maxFailures,
  firstPass,
  changedBefore,
  passBegunAt,
  progressBefore,
  mapsWithoutProgress,
  settled,
  settledOfSequence,
  isCovered,
  leaseMs,
  controlIntervalMs,
  mayHaveZombies,
  quietMs,
  lateUntil,
  quietUntil,
  followLeaseMs,
  awaitsFollower,
  ...rest
}: StoredControl): Control {
  return {
    ...rest,
    decision: { number, kind, redriveCount, ...(resumed ? { resumed } : {}) },
    budget: {
      writeUnits,
      readUnits,
      writeUnitsSource,
      readUnitsSource,
      others,
      itemUnits,
      maxConcurrency,
      isConcurrencyAsked,
      workers,
      sharedAt,
    },
    marks: { pauseAfter, maxCost, onlyBetween, paused, stopped, taskToken, ...(events ? { events } : {}), failures, maxFailures },
    convergence: { firstPass, changedBefore, begunAt: passBegunAt, progressBefore, mapsWithoutProgress },
    settled: { run: settled, sequence: settledOfSequence, isCovered },
    lease: { leaseMs, controlIntervalMs, mayHaveZombies, quietMs, lateUntil, quietUntil, followLeaseMs, awaitsFollower },
  };
}
