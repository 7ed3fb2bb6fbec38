import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as z from 'zod';
import { problemsIn } from '../../config/problems.ts';
import { ConfigSchema } from '../../config/schema.ts';
import { editDistance } from '../../core/edit-distance.ts';
import type { DynamodtProps, TableToTransform } from '../dynamodt-props.ts';

/**
 * Checks what TypeScript checks, and an app in JavaScript does not: kinds and ranges of values, and names that are probably misspelt. Other
 * names are left alone, since a class of the team's may extend the construct and its properties.
 *
 * @throws Error: when properties cannot be used; the message has a line for each problem
 */
export function refuseProps(props: unknown): asserts props is DynamodtProps {
  const { error } = Props.safeParse(props);
  const problems = [...(error ? problemsIn(error, props, 'the object of properties') : []), ...misspelt(Object.keys(props ?? {}))];
  if (problems.length > 0)
    throw new Error(`\`new Dynamodt(scope, id, props)\` has properties that cannot be used:\n- ${problems.join('\n- ')}`);
}

const text = z.string().min(1, 'must not be empty');
const object = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object of CDK');
const objects = z.array(object).readonly();

/** A number of `unit`, which may be known only when the stack is deployed. */
function whole(unit: string, min: number): z.ZodType {
  const isWhole = (value: unknown): boolean => Token.isUnresolved(value) || (Number.isInteger(value) && Number(value) >= min);
  return z.custom(isWhole, `must be a whole number of ${unit}, ${min} or more`).optional();
}

const Table = z.custom<TableToTransform['table']>((value) => {
  const { tableArn, tableName }: Partial<Record<keyof TableToTransform['table'], unknown>> = Object(value);
  return typeof tableArn === 'string' && typeof tableName === 'string';
});
const TableDetails = z.strictObject({
  table: Table,
  encryption: z.union([z.literal('aws'), object], "must be 'aws' or a KMS key").optional(),
  acceptLastWriterWins: z.boolean().optional(),
  parameters: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  // Checked by `following`, which has its defaults.
  follow: z.unknown().optional(),
} satisfies Record<keyof TableToTransform, z.ZodType>);
const details = z.custom((value) => !Construct.isConstruct(value)).pipe(TableDetails);
const givenTable = z.union([Table, details], {
  error: 'must be a table of CDK, such as `new TableV2(…)` or `Table.fromTableName(…)`, not a CfnTable, or { table, encryption, … }',
});
const tables = z.record(text, givenTable);

const Props = z.looseObject({
  tables,
  lookupTables: z
    .union([z.array(givenTable).readonly(), tables], { error: 'must be a list of tables, or an object of tables by their names' })
    .optional(),
  environment: z.record(text, z.string('must be a text')).optional(),
  secrets: z.record(text, object).optional(),
  permissions: z.strictObject({ prepare: objects.optional(), transform: objects.optional() }).optional(),
  layers: objects.optional(),
  transformations: text.optional(),
  tablesElsewhere: z.array(text).readonly().optional(),
  name: z.string().optional(),
  encryptionKey: object.optional(),
  removalPolicy: z.enum(RemovalPolicy, 'must be a RemovalPolicy').optional(),
  memorySize: whole('MB', 128),
  // Checked by `checkConcurrency`, which compares it with the workers of a run.
  reservedConcurrency: z.unknown().optional(),
  journalRetention: whole('days', 1),
  onlyBetween: text.optional(),
  encryptLogs: z.union([z.boolean(), object], 'must be true, false or a KMS key').optional(),
  logRetention: z.number('must be a RetentionDays').optional(),
  pauseOn: objects.optional(),
  notify: object.optional(),
  notifyOf: ConfigSchema.shape.notifyOf,
  events: z.union([z.boolean(), object], 'must be true, false or an event bus').optional(),
  tracing: z.boolean().optional(),
  vpc: object.optional(),
  vpcSubnets: object.optional(),
  securityGroups: objects.optional(),
  controlInterval: whole('milliseconds', 1),
} satisfies Record<keyof DynamodtProps, z.ZodType>);
const known = Object.keys(Props.shape);

function misspelt(names: readonly string[]): string[] {
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((one) => editDistance(one.toLowerCase(), name.toLowerCase()) <= (one.length > 6 ? 2 : 1));
      return meant === undefined ? [] : [`${name} is not known (did you mean ${meant}?)`];
    });
}
