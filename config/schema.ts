import * as z from 'zod';

const text = z.string().min(1, 'must not be empty');
const count = z.int('must be a whole number').positive('must be above 0');

const streamPattern = /^(parameter|arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[^/]+\/stream\/.+)$/;

const Version = z.int('must be the number of a version, such as 3').positive('must be the number of a version, such as 3');
const Json = z
  .unknown()
  .refine(
    (value) => z.json().safeParse(value).success,
    'must be what JSON can hold: a text, a number, true, false, null, or a list or an object of these',
  );

const Follow = z.union(
  [z.boolean(), z.strictObject({ units: count.optional(), concurrency: count.optional(), writerAttribute: text.optional() })],
  { error: 'must be true, false, or { units, concurrency, writerAttribute }' },
);

/** A table by its name in AWS, or by its details. */
export const TableSchema = z.union(
  [
    text,
    z.strictObject({
      tableName: text.optional(),
      encryption: z
        .string()
        .regex(/^(aws|parameter|arn:\S+)$/, 'must be aws, parameter, or the ARN of a KMS key')
        .optional(),
      acceptLastWriterWins: z.boolean().optional(),
      parameters: z.record(Version, z.record(text, Json)).optional(),
      follow: Follow.optional(),
      stream: z
        .string()
        .regex(streamPattern, 'must be parameter, or the ARN of a stream of DynamoDB, arn:aws:dynamodb:…:table/…/stream/…')
        .optional(),
    }),
  ],
  { error: "must be the table's name in AWS, or { tableName, encryption, acceptLastWriterWins, parameters, follow, stream }" },
);

const Secret = z.union(
  [
    z.strictObject({ secret: text, field: text.optional(), key: arn('a KMS key').optional() }),
    z.strictObject({ parameter: text, key: arn('a KMS key').optional() }),
  ],
  { error: 'must be { secret, field, key } or { parameter, key }' },
);

const texts = z.union([z.string(), z.array(z.string()).readonly()], 'must be a text or a list of texts');
const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']).optional(),
  Action: texts,
  Resource: texts,
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const Flag = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()], {
  error: 'must be a text, a number, true, false or a list of texts',
});

const notified = ['failed', 'started', 'refused', 'paused', 'resumed', 'approval', 'applied', 'rolledBack', 'succeeded', 'budget'] as const;
const Notified = z.enum(notified, `must be one of ${notified.join(', ')}`);

const Stage = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens, and begin with a letter')
    .optional(),
  tables: z.record(text, TableSchema).optional(),
  lookupTables: z.record(text, TableSchema).optional(),
  transformations: text.optional(),
  tablesElsewhere: z.array(text).readonly().optional(),
  environment: z.record(text, z.string('must be a text; write numbers in quotation marks')).optional(),
  secrets: z.record(text, Secret).optional(),
  permissions: z
    .strictObject({ prepare: z.array(Statement).readonly().optional(), transform: z.array(Statement).readonly().optional() })
    .optional(),
  layers: z.array(arn('a version of a layer')).readonly().optional(),
  encryptionKey: arn('a KMS key').optional(),
  removalPolicy: z.enum(['retain', 'destroy'], 'must be retain or destroy').optional(),
  memorySize: count.optional(),
  reservedConcurrency: count.optional(),
  journalRetention: count.optional(),
  onlyBetween: text.optional(),
  encryptLogs: z.union([z.boolean(), arn('a KMS key')], 'must be true, false, or the ARN of a KMS key').optional(),
  logRetention: count.optional(),
  pauseOn: z.array(arn('an alarm')).readonly().optional(),
  notify: arn('an SNS topic').optional(),
  notifyOf: z.array(Notified).readonly().optional(),
  events: z.union([z.boolean(), arn('an event bus')], 'must be true, false, or the ARN of an event bus').optional(),
  tracing: z.boolean().optional(),
  vpc: z
    .strictObject({
      vpcId: text,
      subnetIds: z.array(text).min(1, 'must name a subnet').readonly(),
      securityGroupIds: z.array(text).readonly().optional(),
    })
    .optional(),
  controlInterval: count.optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')
    .optional(),
  profile: text.optional(),
  flags: z.record(text, z.record(text, Flag)).optional(),
});

/** `dynamodt.config.ts`, as it is checked. */
export const ConfigSchema = Stage.extend({ stages: z.record(text, Stage).optional() });
export type Config = z.output<typeof ConfigSchema>;
/** The settings of one stage, with those of all stages. */
export type Settings = z.output<typeof Stage>;

/** Names that a configuration may have at its top; a stage may have all but `stages`. */
export const settingNames: readonly string[] = Object.keys(ConfigSchema.shape);

function arn(of: string): z.ZodString {
  return z.string().regex(/^arn:\S+$/, `must be the ARN of ${of}, which begins with arn:`);
}
