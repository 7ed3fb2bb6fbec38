import * as z from 'zod';
import { runStatuses } from '../../ledger/run-status.ts';

/** The `source` of all events on the bus. */
export const eventSource = 'dynamodt';

/** Raised by a change of the detail that a receiver must know of. Fields may be added under the same number. */
const eventSchema = 1;

/** The `detail-type` of each event on the bus. */
export const detailTypes = {
  runStarted: 'Run Started',
  runContinued: 'Run Continued',
  startRefused: 'Start Refused',
  runPaused: 'Run Paused',
  runResumed: 'Run Resumed',
  runWaiting: 'Run Waiting',
  versionApplied: 'Version Applied',
  versionRolledBack: 'Version Rolled Back',
  runSucceeded: 'Run Succeeded',
  runFailed: 'Run Failed',
  runStopped: 'Run Stopped',
  budgetChanged: 'Budget Changed',
} as const;
export type EventKind = keyof typeof detailTypes;

const text = z.string().min(1);
const time = z.iso.datetime();
const count = z.number().nonnegative();
const sequence = z.int().positive();

/** As core/ledger/counters.ts explains them. */
const counters = z.strictObject({
  scanned: count,
  changed: count,
  unchanged: count,
  kept: count,
  vanished: count,
  contended: count,
  failed: count,
  inserted: count,
  deleted: count,
  moved: count,
  differing: count,
  throttled: count,
  readUnits: count,
  writeUnits: count,
  otherWriteUnits: count,
});

/** The name, and the fixed sentence for it. The message that is recorded can quote values of parameters, so it is not sent. */
const error = z.strictObject({ name: text, meaning: text });

const limit = z.union([count, z.literal('unlimited')]);
const limitChange = z.strictObject({ from: limit, to: limit });

/** Fields of all events. */
const common = {
  schema: z.literal(eventSchema),
  /** Equal for each sending of the same event: a receiver may drop what it has seen. */
  id: text,
  /** When it was sent. */
  at: time,
  /** Prefix of the service's names. */
  service: text,
  /** The folder under `transformations/`. */
  table: text,
  /** Says it in a sentence, for people. */
  text,
  run: text,
  /** ARN. */
  execution: text,
  direction: z.enum(['up', 'down']),
  /** Only of a run that changes no item. */
  dryRun: z.literal(true).optional(),
  /** Only of a run that gathers preparations. */
  prepareOnly: z.literal(true).optional(),
};

const starter = { startedBy: text.optional(), reason: text.optional() };
const sequences = z.array(sequence);
/** `together` are the versions that the pass sweeps with `sequence`, if any. */
const inPass = { sequence, together: sequences.optional() };

/** The detail of an event. It never has item data, keys of items or values of parameters. */
export const RunEventDetail = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('runStarted'), ...common, sequences, ...starter }),
  z.strictObject({ kind: z.literal('runContinued'), ...common, sequences, part: z.int().min(2), ...starter }),
  /** `run` is the id of the run that it would have begun. */
  z.strictObject({ kind: z.literal('startRefused'), ...common, sequence: sequence.optional(), error, ...starter }),
  /** `holders` are all who hold the pause, `by` is the one that is named first. */
  z.strictObject({
    kind: z.literal('runPaused'),
    ...common,
    ...inPass,
    why: z.enum(['person', 'alarm', 'limit', 'hours']),
    by: text,
    since: time,
    holders: z.array(text),
  }),
  z.strictObject({ kind: z.literal('runResumed'), ...common, ...inPass, by: text.optional(), since: time.optional() }),
  /** For late requests `until` says how long; for an approval `changes` of how many items, or `cost` of how much money, and `undoneBy` by which command. */
  z.strictObject({
    kind: z.literal('runWaiting'),
    ...common,
    ...inPass,
    for: z.enum(['lateRequests', 'approval']),
    until: time.optional(),
    changes: count.optional(),
    cost: z.strictObject({ amount: count, currency: text }).optional(),
    undoneBy: text.optional(),
  }),
  z.strictObject({ kind: z.literal('versionApplied'), ...common, sequence, counters }),
  z.strictObject({ kind: z.literal('versionRolledBack'), ...common, sequence, counters }),
  z.strictObject({ kind: z.literal('runSucceeded'), ...common, sequences, counters }),
  z.strictObject({
    kind: z.literal('runFailed'),
    ...common,
    sequence: sequence.optional(),
    status: z.enum(runStatuses),
    error,
    counters: counters.optional(),
  }),
  z.strictObject({ kind: z.literal('runStopped'), ...common, ...inPass, by: text.optional(), since: time.optional(), counters }),
  z.strictObject({
    kind: z.literal('budgetChanged'),
    ...common,
    ...inPass,
    by: text,
    writeUnits: limitChange.optional(),
    readUnits: limitChange.optional(),
  }),
]);
export type RunEventDetail = z.infer<typeof RunEventDetail>;

type WithoutService<Detail> = Detail extends unknown ? Omit<Detail, 'schema' | 'service' | 'at'> : never;
/** An event as a decision gives it: whoever sends it knows the service and the time. */
export type RunEvent = WithoutService<RunEventDetail>;

/** Sends events, within a short time. It never throws: an event that cannot be sent is lost. */
export type TellEvents = (events: readonly RunEvent[]) => Promise<void>;

/** @param at ISO 8601 */
export function detailOf(event: RunEvent, service: string, at: string): RunEventDetail {
  return { schema: eventSchema, service, at, ...event };
}
