import { join } from 'node:path';
import * as z from 'zod';
import { SecretSource } from '../../aws/services/read-secret.ts';
import { defaultJournalRetentionDays } from '../../core/journal/journal-retention.ts';
import { defaultFollowLeaseMs } from '../../core/ledger/follow.ts';
import { maxPreparationBytesFor } from '../../core/run/preparing/gather-preparation.ts';

const Environment = z.object({
  /** Name of the ledger table. */
  DYNAMODT_LEDGER: z.string().min(1),
  /** Bucket of the preparations, ARN of their KMS key, and max bytes of JSON that a worker loads. */
  DYNAMODT_BUCKET: z.string().min(1),
  DYNAMODT_KEY: z.string().min(1),
  DYNAMODT_MAX_PREPARATION_BYTES: z.coerce.number().positive().optional(),
  /** Memory of a worker, in MB. */
  DYNAMODT_WORKER_MEMORY: z.coerce.number().positive().optional(),
  /** Folder of the bundled transformations; by default they are beside the code of the function, whose folder Lambda names. */
  DYNAMODT_TRANSFORMATIONS: z.string().optional(),
  LAMBDA_TASK_ROOT: z.string().default('.'),
  /** JSON from logical to physical names of tables to look things up in. */
  DYNAMODT_LOOKUP_TABLES: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  /** JSON from variables to the secrets that have their values. */
  DYNAMODT_SECRETS: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), SecretSource)),
  AWS_ENDPOINT_URL_SSM: z.string().min(1).optional(),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: z.string().min(1).optional(),
  /** ARN of the read-only role that transformations use for lookups. */
  DYNAMODT_READER_ROLE: z.string().optional(),
  /** Milliseconds between two reads of the control by a worker, and the length of a lease. */
  DYNAMODT_CONTROL_INTERVAL_MS: z.coerce.number().positive().default(3000),
  /** Max write units a second of one worker; by default half of what a partition can take. */
  DYNAMODT_MAX_WRITE_UNITS_PER_WORKER: z.coerce.number().positive().optional(),
  /** Workers that Lambda starts at a time. */
  DYNAMODT_RESERVED_CONCURRENCY: z.coerce.number().optional(),
  /** How long DynamoDB takes a signed request, in seconds; shorter in tests. */
  DYNAMODT_SIGNATURE_LIFETIME: z.coerce.number().positive().optional(),
  /** Seconds that a pass over a global index waits before it begins; shorter in tests. */
  DYNAMODT_INDEX_LAG: z.coerce.number().positive().optional(),
  /** Max seconds for which code of the team may hold an event loop; shorter in tests. */
  DYNAMODT_MAX_HELD_SECONDS: z.coerce.number().positive().default(20),
  /** Days for which journals are kept: the bucket's lifecycle deletes them. */
  DYNAMODT_JOURNAL_RETENTION: z.coerce.number().positive().default(defaultJournalRetentionDays),
  /** JSON: the followed tables by their logical names, with the write units a second and the concurrency of the follower. */
  DYNAMODT_FOLLOW: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(
      z.record(
        z.string(),
        z.object({ units: z.number().positive(), concurrency: z.number().positive(), writerAttribute: z.string().optional() }),
      ),
    ),
  /** Seconds that a follower may write after it read the ledger; shorter in tests. */
  DYNAMODT_FOLLOW_LEASE: z.coerce.number().positive().optional(),
  DYNAMODT_LEASE_MS: z.coerce.number().positive().optional(),
  /** The hours in which runs may write. */
  DYNAMODT_ONLY_BETWEEN: z.string().min(1).optional(),
  /** Name of the composite alarm that pauses runs. */
  DYNAMODT_PAUSE_ALARM: z.string().min(1).optional(),
  AWS_ENDPOINT_URL_CLOUDWATCH: z.string().min(1).optional(),
  /** Name or ARN of the bus that gets events of runs. */
  DYNAMODT_EVENT_BUS: z.string().min(1).optional(),
  AWS_ENDPOINT_URL_EVENTBRIDGE: z.string().min(1).optional(),
  /** MB, as Lambda says it. */
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce.number().positive().default(1769),
  /** Prefix of the names of the service. */
  POWERTOOLS_SERVICE_NAME: z.string().default('dynamodt'),
  AWS_ENDPOINT_URL: z.string().min(1).optional(),
  AWS_SDK_UA_APP_ID: z.string().default(''),
});

const parsed = Environment.parse(process.env);

const secretEndpoints: Readonly<Record<string, string | undefined>> = {
  ssm: parsed.AWS_ENDPOINT_URL_SSM ?? parsed.AWS_ENDPOINT_URL,
  secretsmanager: parsed.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? parsed.AWS_ENDPOINT_URL,
};

/** The settings of the functions, from their environment. */
export const environment = {
  ledger: parsed.DYNAMODT_LEDGER,
  bucket: parsed.DYNAMODT_BUCKET,
  key: parsed.DYNAMODT_KEY,
  maxPreparationBytes: parsed.DYNAMODT_MAX_PREPARATION_BYTES ?? maxPreparationBytesFor(parsed.DYNAMODT_WORKER_MEMORY),
  workerMemory: parsed.DYNAMODT_WORKER_MEMORY,
  transformations: parsed.DYNAMODT_TRANSFORMATIONS ?? join(parsed.LAMBDA_TASK_ROOT, 'transformations'),
  maxWriteUnitsPerWorker: parsed.DYNAMODT_MAX_WRITE_UNITS_PER_WORKER,
  reservedConcurrency: parsed.DYNAMODT_RESERVED_CONCURRENCY,
  signatureLifetimeMs: parsed.DYNAMODT_SIGNATURE_LIFETIME === undefined ? undefined : parsed.DYNAMODT_SIGNATURE_LIFETIME * 1000,
  memoryGigabytes: parsed.AWS_LAMBDA_FUNCTION_MEMORY_SIZE / 1024,
  indexLagMs: parsed.DYNAMODT_INDEX_LAG === undefined ? undefined : parsed.DYNAMODT_INDEX_LAG * 1000,
  onlyBetween: parsed.DYNAMODT_ONLY_BETWEEN,
  pauseAlarm: parsed.DYNAMODT_PAUSE_ALARM,
  /** As the SDK finds it. */
  cloudWatchEndpoint: parsed.AWS_ENDPOINT_URL_CLOUDWATCH ?? parsed.AWS_ENDPOINT_URL,
  eventBus: parsed.DYNAMODT_EVENT_BUS,
  eventsEndpoint: parsed.AWS_ENDPOINT_URL_EVENTBRIDGE ?? parsed.AWS_ENDPOINT_URL,
  service: parsed.POWERTOOLS_SERVICE_NAME,
  userAgentAppId: parsed.AWS_SDK_UA_APP_ID,
  maxHeldSeconds: parsed.DYNAMODT_MAX_HELD_SECONDS,
  readerRole: parsed.DYNAMODT_READER_ROLE,
  secrets: parsed.DYNAMODT_SECRETS,
  /** By the first part of the services' host names; as the SDK finds them. */
  secretEndpoints,
  lookupTables: parsed.DYNAMODT_LOOKUP_TABLES,
  journalRetentionDays: parsed.DYNAMODT_JOURNAL_RETENTION,
  followed: parsed.DYNAMODT_FOLLOW,
  followLeaseMs: parsed.DYNAMODT_FOLLOW_LEASE === undefined ? defaultFollowLeaseMs : parsed.DYNAMODT_FOLLOW_LEASE * 1000,
  controlIntervalMs: parsed.DYNAMODT_CONTROL_INTERVAL_MS,
  leaseMs: parsed.DYNAMODT_LEASE_MS ?? Math.max(10_000, 3 * parsed.DYNAMODT_CONTROL_INTERVAL_MS),
};
