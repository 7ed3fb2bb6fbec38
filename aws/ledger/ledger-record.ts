import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { RunError } from '../../core/errors.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import { paceLimits } from '../../core/ledger/pace.ts';
import { runStatuses } from '../../core/ledger/run-status.ts';
import { versionStatuses } from '../../core/ledger/versions/version.ts';
import { decodeImage } from '../../core/values/attribute-value.ts';
import { encodeItem } from '../../core/values/encode-value.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';
import { recordSubject } from './record-subject.ts';
import { parseTimeline } from './timeline-text.ts';

/**
 * The formats that this code writes. A later one is refused, so that an old deployment never misreads a newer ledger. Records that say of several
 * versions that they are swept together have format 2: a dynamodt that knows format 1 only would take them for those of the first version.
 */
const formats = { alone: 1, together: 2 };
/** The highest format that this code reads. */
const format = formats.together;

export const count = z.number();
export const CountersRecord = z.object(
  Object.fromEntries(Object.keys(noCounters()).map((name) => [name, count.default(0)])) as Record<
    keyof ReturnType<typeof noCounters>,
    z.ZodDefault<typeof count>
  >,
);
export const direction = z.enum(['up', 'down']);
export const PreparationRef = z.object({
  table: z.string(),
  sequence: count,
  checksum: z.string(),
  version: z.string(),
  insteadOf: z.string().optional(),
});

export const GivenRecord = z.object({ parameters: z.string(), secrets: z.array(z.string()).readonly().optional(), startedAt: count });

/** Code with which a run took a version. */
export const VersionCodeRecord = z.object({
  checksum: z.string(),
  bundleChecksum: z.string().optional(),
  preparation: PreparationRef.optional(),
  given: GivenRecord.optional(),
});

/** Which items a pass is about. */
export const ScopeRecord = z.object({
  kind: z.enum(['partitions', 'index']),
  index: z.string().optional(),
  lagMs: count.optional(),
  partitions: count.optional(),
  checksum: z.string().optional(),
  segments: count,
});

const PaceRecord = z.object({ at: count, readUnits: count, writeUnits: count, limit: z.enum(paceLimits) });

export const LockRecord = z.object({
  table: z.string(),
  run: z.string(),
  execution: z.string(),
  fence: count,
  endedAt: z.string().optional(),
  lateUntil: count.optional(),
  followed: z.literal(true).optional(),
});

const ErrorRecord = z.object({
  name: z.string(),
  message: z.string(),
  table: z.string().optional(),
  tableName: z.string().optional(),
  sequence: count.optional(),
  run: z.string().optional(),
  execution: z.string().optional(),
  file: z.string().optional(),
  attribute: z.string().optional(),
  parameter: z.string().optional(),
  service: z.string().optional(),
  limit: z.number().optional(),
  count: z.number().optional(),
  regions: z.array(z.string()).optional(),
});

export const RunRecord = z.object({
  id: z.string(),
  table: z.string(),
  tableName: z.string(),
  tableId: z.string().optional(),
  direction,
  steps: z.array(
    z.object({
      sequence: count,
      checksum: z.string(),
      bundleChecksum: z.string().optional(),
      packages: z.array(z.string()).optional(),
      file: z.string().optional(),
      prepares: z.boolean().default(false),
      seeds: z.boolean().optional(),
      kept: z.literal(true).optional(),
      rewrites: z.array(VersionCodeRecord).optional(),
      given: GivenRecord.optional(),
      scope: ScopeRecord.optional(),
      journals: z.literal(true).optional(),
      joins: z.literal(true).optional(),
      by: z.literal('journal').optional(),
    }),
  ),
  dryRun: z.boolean(),
  prepareOnly: z.boolean().default(false),
  again: z.boolean().optional(),
  to: count.optional(),
  oneByOne: z.enum(['asked', 'found']).optional(),
  totalSegments: count,
  status: z.enum(runStatuses),
  execution: z.string(),
  startedAt: z.string(),
  startedBy: z.string().optional(),
  reason: z.string().optional(),
  part: count.optional(),
  partStartedAt: z.string().optional(),
  redriveCount: count.optional(),
  endedAt: z.string().optional(),
  counters: CountersRecord,
  error: ErrorRecord.optional(),
  journalDays: count.optional(),
});

/** A run's record as it was at the end of a part. */
export const PartRecord = RunRecord.extend({ part: count });

export const RefusedStartRecord = RunRecord.pick({
  id: true,
  table: true,
  direction: true,
  dryRun: true,
  prepareOnly: true,
  again: true,
  execution: true,
  startedBy: true,
  reason: true,
}).extend({ redriveCount: count, at: z.string(), error: ErrorRecord });

export const VersionRecord = z.object({
  table: z.string(),
  sequence: count,
  status: z.enum(versionStatuses),
  checksum: z.string(),
  file: z.string().optional(),
  packages: z.array(z.string()).optional(),
  codes: z.array(VersionCodeRecord).optional(),
  scopes: z.array(z.union([z.literal('all'), z.object({ index: z.string().optional(), checksum: z.string().optional() })])).optional(),
  preparation: PreparationRef.optional(),
  given: GivenRecord.optional(),
  run: z.string(),
  execution: z.string().optional(),
  at: z.string(),
  counters: CountersRecord.optional(),
  adopted: z
    .array(z.object({ from: z.string(), bundleFrom: z.string().optional(), changed: count, run: z.string(), at: z.string() }))
    .optional(),
  isCovered: z.boolean().optional(),
  leftToFollower: count.optional(),
  fromPredecessor: z.boolean().optional(),
  by: z.string().optional(),
  repaired: z.object({ by: z.string(), at: z.string(), from: z.string() }).optional(),
  tableId: z.string().optional(),
  squashed: z.object({ by: z.string(), at: z.string() }).optional(),
  tableChanged: z.object({ by: z.string(), at: z.string(), from: z.string() }).optional(),
  journals: z.array(z.object({ run: z.string(), firstPass: count, at: z.string(), days: count.optional() })).optional(),
  hasUnjournaled: z.literal(true).optional(),
});

export const PreparationRecord = PreparationRef.extend({
  bytes: count,
  entries: count.optional(),
  digest: z.string().optional(),
  at: z.string(),
  by: z.string(),
  parameters: z.string().optional(),
});

export const SeedRecord = z.object({ position: count.default(0) });

/** Workers add to it, and write nothing else. */
export const ClaimsRecord = z.object({ claimed: count.default(0) });

export const HoldRecord = z.object({
  table: z.string(),
  number: count,
  below: count.optional(),
  by: z.string(),
  at: z.string(),
  why: z.string().optional(),
});

export const AcknowledgedRecord = z.object({
  table: z.string(),
  number: count,
  warnings: z.array(z.object({ name: z.string(), sequence: count, message: z.string(), by: z.string(), at: z.string() })),
});

/** It explains a run and decides nothing: what cannot be read is left out. */
const TimelineRecord = z
  .string()
  .optional()
  .transform((text) => (text === undefined ? undefined : parseTimeline(text)));
const AttributeCountRecord = z.object({ name: z.string(), set: count, removed: count });

const MemberRecord = z.object({
  sequence: count,
  journals: z.literal(true).optional(),
  counters: CountersRecord,
  redone: CountersRecord.optional(),
});

export const SettledPassRecord = z.object({
  run: z.string(),
  pass: count,
  sequence: count,
  counters: CountersRecord,
  members: z.array(MemberRecord).optional(),
  timeline: TimelineRecord,
  attributes: z.array(AttributeCountRecord).default([]),
  journaled: count.optional(),
});

const KeyRecord = z.record(z.string(), z.unknown()).transform((key) => encodeItem(key));

export const CheckpointRecord = z.object({
  run: z.string(),
  pass: count,
  segment: count,
  sequence: count,
  attempt: count,
  takenBy: z.string().optional(),
  saves: count.default(0),
  checksum: z.string(),
  position: z
    .record(z.string(), z.unknown())
    .optional()
    .transform((position) => position && encodeItem(position)),
  partition: count.optional(),
  dirty: z.boolean(),
  done: z.boolean(),
  isSecondLook: z.literal(true).optional(),
  signedOff: z.boolean(),
  abandoned: z.boolean(),
  tries: z.object({ count, since: count }).optional(),
  inHand: z.object({ key: KeyRecord, attempt: count, deaths: count }).optional(),
  lateUntil: count.optional(),
  pace: PaceRecord.optional(),
  timeline: TimelineRecord,
  attributes: z.array(AttributeCountRecord).optional(),
  counters: CountersRecord,
  fault: z.object({ name: z.string(), at: count }).optional(),
  redone: CountersRecord.optional(),
  members: z.array(MemberRecord).optional(),
  mayReadOwn: z.literal(true).optional(),
  isApart: z.literal(true).optional(),
  journal: z.array(z.object({ attempt: count, last: count })).optional(),
  reports: z.array(z.object({ attempt: count, last: count, isRetried: z.literal(true).optional() })).optional(),
  failedAt: z
    .object({
      position: KeyRecord.optional(),
      partition: count.optional(),
      counters: CountersRecord,
      records: z.array(z.string()),
      isCut: z.literal(true).optional(),
    })
    .transform(({ position, ...failedAt }) => ({ ...failedAt, position }))
    .optional(),
  retries: z.array(z.string()).optional(),
});

export const FailureRecord = z.object({
  sequence: count,
  segment: count,
  key: byName(z.unknown()),
  name: z.string(),
  message: z.string(),
  place: z.string().optional(),
  /** Of TargetExists: the key of the item that exists. */
  target: byName(z.unknown()).optional(),
  targetTable: z.string().optional(),
});
export type FailureRecord = z.infer<typeof FailureRecord>;

/** An item that a dry run would change. */
export const ToChangeRecord = z.object({ sequence: count, segment: count, key: byName(z.unknown()) });
export type ToChangeRecord = z.infer<typeof ToChangeRecord>;

/** An object by the names of attributes. The record of zod leaves out `__proto__`. */
export function byName<T>(member: z.ZodType<T>) {
  return z.custom<Record<string, T>>(
    (value) => typeof value === 'object' && value !== null && Object.values(value).every((one) => member.safeParse(one).success),
    'must be an object by the names of attributes',
  );
}

/** Encodes a value as a record of the ledger, without its undefined fields. */
export function toRecord(value: object): Record<string, SdkValue> {
  return asSdkItem(encodeItem(withoutUndefined({ ...value, format: formatOf(value) })));
}

/** A control keeps the format that a run had once: what says which versions a journal is about is read when the run is long over. */
export function formatOf(value: object): number {
  const saysTogether = ('together' in value && value.together) || ('members' in value && value.members);
  return saysTogether ? formats.together : formats.alone;
}

/**
 * Decodes a record of the ledger.
 *
 * @throws RunError LedgerTooNew: when a later dynamodt wrote it, in a format of its own
 * @throws RunError LedgerDamaged: when it is of this format, and not as this code writes it
 */
export function fromRecord<T>(schema: z.ZodType<T>, item: Record<string, SdkValue>): T {
  const record = decodeImage(asImage(item));
  const { pk, sk } = { pk: String(record['pk']), sk: String(record['sk']) };
  const { inWords, fields } = recordSubject(pk, sk);
  if (typeof record['format'] === 'number' && record['format'] > format)
    throw new RunError(
      'LedgerTooNew',
      `${inWords} in the ledger has format ${record['format']}, and this dynamodt knows format ${format}: a newer one wrote it. Deploy that version again, and install it where you run the command (\`npm install --save-dev dynamodt@latest\`). Nothing was changed.`,
      { fields: { ...fields, limit: format, count: record['format'] } },
    );
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new RunError(
    'LedgerDamaged',
    `${inWords} in the ledger cannot be read (${problemsIn(parsed.error)}). If a newer dynamodt wrote it, deploy that version and install it where you run the command. Otherwise restore the record with the key ${JSON.stringify({ pk, sk })} from the ledger's point-in-time recovery. Nothing was changed.`,
    { fields },
  );
}

/** Without values: what zod says of an issue names fields, kinds of values, and what is allowed. */
function problemsIn({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
}

/** Encodes fields for an expression. */
export function toValue(value: unknown): SdkValue {
  const { value: encoded } = asSdkItem(
    encodeItem({ value: typeof value === 'object' && value !== null ? withoutUndefined(value) : value }),
  );
  if (!encoded) throw new TypeError('nothing to encode');
  return encoded;
}

function withoutUndefined(value: object): object {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value))
    return value.map((element) => (typeof element === 'object' && element !== null ? withoutUndefined(element) : element));
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, element]) => element !== undefined)
      .map(([name, element]) => [name, typeof element === 'object' && element !== null ? withoutUndefined(element) : element]),
  );
}
