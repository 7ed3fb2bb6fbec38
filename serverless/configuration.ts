import * as z from 'zod';

const TableOfStage = z.union([
  z.string().min(1),
  z.strictObject({
    tableName: z.string().min(1),
    /** ARN of the customer's KMS key, if one encrypts the table. */
    encryption: z.string().startsWith('arn:').optional(),
    acceptLastWriterWins: z.boolean().optional(),
  }),
]);

const Configuration = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens, and begin with a letter')
    .default('dynamodt'),
  transformations: z.string().min(1).default('transformations'),
  tables: z.record(z.string().min(1), TableOfStage).optional(),
  tablesElsewhere: z.array(z.string()).default([]),
  deploy: z.boolean().default(true),
  autoRun: z.union([z.boolean(), z.literal('detach')], { error: 'must be true, false or detach' }).default(true),
});

/** `custom.dynamodt` of serverless.yml, with defaults. */
export type Configuration = z.output<typeof Configuration>;

/** A table by its physical name, with details that the construct cannot find out by itself. */
export type ConfiguredTable = Exclude<z.output<typeof TableOfStage>, string>;

/** @throws Error: when fields are not valid; the message names each of them */
export function parseConfiguration(given: unknown): Configuration {
  const parsed = Configuration.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `- ${['custom.dynamodt', ...path].join('.')}: ${message}`);
  throw new Error(
    `The configuration of dynamodt in serverless.yml is not valid:\n${problems.join('\n')}\nIt may have name, transformations, tables, tablesElsewhere, deploy and autoRun: see node_modules/dynamodt/docs/coming-from-serverless.md.`,
  );
}
