import { z } from 'zod';
import { ownValue } from '../../core/own-value.ts';
import { defaultMaxPreparationBytes } from '../../core/run/gather-preparation.ts';

const Environment = z.object({
  /** Name of the ledger table. */
  DYNAMODT_LEDGER: z.string().min(1),
  /** Of preparations: their bucket, the ARN of their KMS key, and the bytes of JSON that a worker takes. */
  DYNAMODT_BUCKET: z.string().min(1),
  DYNAMODT_KEY: z.string().min(1),
  DYNAMODT_MAX_PREPARATION_BYTES: z.coerce.number().positive().default(defaultMaxPreparationBytes),
  /** Logical to physical table names, as JSON; a table that is not in it has the name of its folder. */
  DYNAMODT_TABLES: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  /** Folder of the bundled transformations. */
  DYNAMODT_TRANSFORMATIONS: z.string().default('/var/task/transformations'),
  /** ARN of the role that may only read, by which transformations look things up. */
  DYNAMODT_READER_ROLE: z.string().optional(),
  /** Tables whose replicas are accepted, as JSON. */
  DYNAMODT_LAST_WRITER_WINS: z
    .string()
    .default('[]')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(z.string())),
  /** How often a worker reads its control, in milliseconds, and how long that lets it write. */
  DYNAMODT_CONTROL_INTERVAL_MS: z.coerce.number().positive().default(3000),
  /** Max write units a second of one worker, instead of half of what a partition takes. */
  DYNAMODT_MAX_WRITE_UNITS_PER_WORKER: z.coerce.number().positive().optional(),
  DYNAMODT_LEASE_MS: z.coerce.number().positive().optional(),
});

const parsed = Environment.parse(process.env);

/** The settings of the functions, from their environment. */
export const environment = {
  ledger: parsed.DYNAMODT_LEDGER,
  bucket: parsed.DYNAMODT_BUCKET,
  key: parsed.DYNAMODT_KEY,
  maxPreparationBytes: parsed.DYNAMODT_MAX_PREPARATION_BYTES,
  transformations: parsed.DYNAMODT_TRANSFORMATIONS,
  /** Logical to physical, of the tables that were given. */
  tableNames: parsed.DYNAMODT_TABLES,
  tableName: (table: string): string => ownValue(parsed.DYNAMODT_TABLES, table) ?? table,
  maxWriteUnitsPerWorker: parsed.DYNAMODT_MAX_WRITE_UNITS_PER_WORKER,
  readerRole: parsed.DYNAMODT_READER_ROLE,
  /** Whether the team's stack says that the replicas of a table may lose writes. */
  acceptsLastWriterWins: (table: string): boolean => parsed.DYNAMODT_LAST_WRITER_WINS.includes(table),
  controlIntervalMs: parsed.DYNAMODT_CONTROL_INTERVAL_MS,
  leaseMs: parsed.DYNAMODT_LEASE_MS ?? Math.max(10_000, 3 * parsed.DYNAMODT_CONTROL_INTERVAL_MS),
};
