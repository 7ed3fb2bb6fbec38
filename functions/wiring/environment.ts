import { join } from 'node:path';
import * as z from 'zod';
import { ownValue } from '../../core/own-value.ts';
import { defaultMaxPreparationBytes } from '../../core/run/gather-preparation.ts';

const Environment = z.object({
  /** Name of the ledger table. */
  DYNAMODT_LEDGER: z.string().min(1),
  /** Bucket of the preparations, ARN of their KMS key, and max bytes of JSON that a worker loads. */
  DYNAMODT_BUCKET: z.string().min(1),
  DYNAMODT_KEY: z.string().min(1),
  DYNAMODT_MAX_PREPARATION_BYTES: z.coerce.number().positive().default(defaultMaxPreparationBytes),
  /** JSON from logical to physical table names. The physical name of any other table is the name of its folder. */
  DYNAMODT_TABLES: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  /** Folder of the bundled transformations; by default they are beside the code of the function, whose folder Lambda names. */
  DYNAMODT_TRANSFORMATIONS: z.string().optional(),
  LAMBDA_TASK_ROOT: z.string().default('.'),
  /** ARN of the read-only role that transformations use for lookups. */
  DYNAMODT_READER_ROLE: z.string().optional(),
  /** Tables whose replicas are accepted, as JSON. */
  DYNAMODT_LAST_WRITER_WINS: z
    .string()
    .default('[]')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(z.string())),
  /** Milliseconds between two reads of the control by a worker, and the length of a lease. */
  DYNAMODT_CONTROL_INTERVAL_MS: z.coerce.number().positive().default(3000),
  /** Max write units a second of one worker; by default half of what a partition can take. */
  DYNAMODT_MAX_WRITE_UNITS_PER_WORKER: z.coerce.number().positive().optional(),
  /** Workers that Lambda starts at a time. */
  DYNAMODT_RESERVED_CONCURRENCY: z.coerce.number().optional(),
  /** How long DynamoDB takes a signed request, in seconds; shorter in tests. */
  DYNAMODT_SIGNATURE_LIFETIME: z.coerce.number().positive().optional(),
  /** Max seconds for which code of the team may hold an event loop; shorter in tests. */
  DYNAMODT_MAX_HELD_SECONDS: z.coerce.number().positive().default(20),
  DYNAMODT_LEASE_MS: z.coerce.number().positive().optional(),
  /** Name of the composite alarm that pauses runs. */
  DYNAMODT_PAUSE_ALARM: z.string().min(1).optional(),
  AWS_ENDPOINT_URL_CLOUDWATCH: z.string().min(1).optional(),
  AWS_ENDPOINT_URL: z.string().min(1).optional(),
  AWS_SDK_UA_APP_ID: z.string().default(''),
});

const parsed = Environment.parse(process.env);

/** The settings of the functions, from their environment. */
export const environment = {
  ledger: parsed.DYNAMODT_LEDGER,
  bucket: parsed.DYNAMODT_BUCKET,
  key: parsed.DYNAMODT_KEY,
  maxPreparationBytes: parsed.DYNAMODT_MAX_PREPARATION_BYTES,
  transformations: parsed.DYNAMODT_TRANSFORMATIONS ?? join(parsed.LAMBDA_TASK_ROOT, 'transformations'),
  /** Logical to physical names of the tables of the service. */
  tableNames: parsed.DYNAMODT_TABLES,
  tableName: (table: string): string => ownValue(parsed.DYNAMODT_TABLES, table) ?? table,
  maxWriteUnitsPerWorker: parsed.DYNAMODT_MAX_WRITE_UNITS_PER_WORKER,
  reservedConcurrency: parsed.DYNAMODT_RESERVED_CONCURRENCY,
  signatureLifetimeMs: parsed.DYNAMODT_SIGNATURE_LIFETIME === undefined ? undefined : parsed.DYNAMODT_SIGNATURE_LIFETIME * 1000,
  pauseAlarm: parsed.DYNAMODT_PAUSE_ALARM,
  /** As the SDK finds it. */
  cloudWatchEndpoint: parsed.AWS_ENDPOINT_URL_CLOUDWATCH ?? parsed.AWS_ENDPOINT_URL,
  userAgentAppId: parsed.AWS_SDK_UA_APP_ID,
  maxHeldSeconds: parsed.DYNAMODT_MAX_HELD_SECONDS,
  readerRole: parsed.DYNAMODT_READER_ROLE,
  /** True if the team's stack accepts that replicas of the table may lose writes. */
  acceptsLastWriterWins: (table: string): boolean => parsed.DYNAMODT_LAST_WRITER_WINS.includes(table),
  controlIntervalMs: parsed.DYNAMODT_CONTROL_INTERVAL_MS,
  leaseMs: parsed.DYNAMODT_LEASE_MS ?? Math.max(10_000, 3 * parsed.DYNAMODT_CONTROL_INTERVAL_MS),
};
