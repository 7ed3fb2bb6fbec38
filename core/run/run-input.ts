import * as z from 'zod';
import { RunError } from '../errors.ts';
import { always, hoursProblem } from '../ledger/limits/hours.ts';
import { Prices } from '../ledger/limits/prices.ts';

const positive = z.int().min(1);
/** Capacity units a second for the whole run. */
export const BudgetLimitInput = z.union([z.number().positive(), z.literal('unlimited')], {
  error: 'must be a number above 0, or "unlimited"',
});

/** Items that a run may change before it pauses itself. */
export const PauseAfterInput = z
  .int({ error: 'must be a whole number of items, 1 or more' })
  .min(1, 'must be a whole number of items, 1 or more');

/** What a run may cost before it pauses itself, in the currency of the prices. */
export const MaxCostInput = z.number({ error: 'must be an amount of money above 0' }).positive('must be an amount of money above 0');

/** `22:00-06:00 Europe/Berlin`, or `always`. */
export const OnlyBetweenInput = z.string().superRefine((text, { addIssue }) => {
  const problem = text === always ? undefined : hoursProblem(text);
  if (problem !== undefined) addIssue({ code: 'custom', message: problem });
});

/** By the number of a version, values by the names of its parameters. */
const ParametersInput = z.record(
  z.string().regex(/^[1-9]\d*$/, 'must be by the numbers of versions, as in {"3": {"days": 30}}'),
  z.record(z.string(), z.json()),
);
export type ParametersInput = z.infer<typeof ParametersInput>;

/** What a plan has looked at: the table, and the versions with their code and what their functions are given (secrets are masked). */
export const PlannedInput = z.strictObject({
  tableId: z.string().optional(),
  versions: z.array(z.strictObject({ sequence: positive, checksum: z.string(), parameters: z.record(z.string(), z.json()).optional() })),
});
export type PlannedInput = z.infer<typeof PlannedInput>;

const noLine = 'must be a line of text';

/** Who started a run, and why. Both are for people, and nothing is decided by them. */
export const StarterInput = {
  /** The ARN of whoever started it, as the command fills it in; a pipeline may give its own name. */
  startedBy: lineOf(2048).optional(),
  reason: lineOf(500).optional(),
};

function lineOf(max: number) {
  return z
    .string({ error: noLine })
    .max(max, `must have up to ${max} characters`)
    .refine((text) => text.trim() !== '' && !/\p{Cc}/u.test(text), `${noLine}, and not empty`);
}

/** Input of the state machine `transform-table`. */
export const RunInput = z.strictObject({
  /** Logical name: the folder under `transformations/`. It may be shorter than a table's own name, as each stage may map it to another. */
  table: z
    .string()
    .max(255, 'must have up to 255 characters')
    .regex(/^(?!\.+$)[\w.-]+$/, 'must be the name of a table: letters, digits, "_", "-" and "."'),
  direction: z.enum(['up', 'down']).default('up'),
  /** The highest sequence that is applied afterwards. */
  to: z.int().min(0).optional(),
  /** A sequence to sweep once more. */
  again: positive.optional(),
  /** With `again`: sets again what still is as an earlier code of the version gave it. */
  rewrite: z.boolean().default(false),
  /** Takes versions with the code that last took them, as the ledger keeps it, whatever is deployed. Up: those that are half-way. */
  keptCode: z.boolean().default(false),
  /** Down: takes every version back by the journal of what was changed, also those that have a function for it. */
  exact: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  /** Sweeps one pending version after the other, also those that could be swept together. */
  oneByOne: z.boolean().default(false),
  /** Gather the preparation of the sequence `to`, or of all that are pending, anew, and transform nothing. */
  prepareOnly: z.boolean().default(false),
  maxConcurrency: positive.max(10_000).optional(),
  totalSegments: positive.max(10_000).optional(),
  /** Where they are left out, a quarter of what the table takes. */
  writeUnits: BudgetLimitInput.optional(),
  readUnits: BudgetLimitInput.optional(),
  /** Failed items after which the run stops early. */
  maxFailures: z.int().min(0).default(100),
  acceptLastWriterWins: z.boolean().default(false),
  /** Items that the run may change before it pauses itself. */
  pauseAfter: PauseAfterInput.optional(),
  /** What the run may cost before it pauses itself. */
  maxCost: MaxCostInput.optional(),
  /** The hours in which the run may write, or `always`; left out, those of the deploy. */
  onlyBetween: OnlyBetweenInput.optional(),
  /** For `maxCost`, in place of the list prices of us-east-1. */
  prices: Prices.optional(),
  /** Values for the parameters of versions: `{"3": {"days": 30}}`. */
  parameters: ParametersInput.optional(),
  /** What was looked at before: a run that would do something else is refused. */
  planned: PlannedInput.optional(),
  ...StarterInput,
});
export type RunInput = z.infer<typeof RunInput>;

/** `all` is the input of the `transform-all` that started it: it says for all tables who started them, and why. */
const StartInput = RunInput.extend({ all: z.looseObject(StarterInput).optional() });

/**
 * Refuses the name of a table that DynamoDB cannot have, before it is asked for it:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 *
 * @param table logical name
 * @param tableName physical name in this stage
 * @throws RunError InvalidInput
 */
export function refuseImpossibleName(table: string, tableName: string): void {
  if (/^[\w.-]{3,255}$/.test(tableName)) return;
  throw new RunError(
    'InvalidInput',
    `"${tableName}" cannot be the name of a DynamoDB table: it must have 3 to 255 letters, digits, "_", "-" and ".". ${
      tableName === table
        ? `Name the folder under transformations/ like the table, or say in the deployment which table ${table} is.`
        : `It is what the deployment names as the table of ${table}: correct it and deploy.`
    }`,
    { fields: { table, tableName } },
  );
}

/** @throws RunError InvalidInput: names the field, its value's kind and what is allowed */
export function parseRunInput(input: unknown): RunInput {
  const result = StartInput.safeParse(input);
  if (result.success) {
    const { all: { startedBy, reason } = {}, ...asked } = result.data;
    return { ...(startedBy === undefined ? {} : { startedBy }), ...(reason === undefined ? {} : { reason }), ...asked };
  }
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new RunError(
    'InvalidInput',
    `The input is not what transform-table takes (${problems.join('; ')}). Example: {"table": "Users"}. Fields: ${Object.keys(RunInput.shape).join(', ')}.`,
  );
}

/** What a run is asked for must not contradict itself. @throws RunError InvalidInput */
export function refuseContradictions({
  table,
  direction,
  to,
  again,
  rewrite,
  keptCode,
  exact,
  dryRun,
  prepareOnly,
  pauseAfter,
  maxCost,
  prices,
  planned,
}: RunInput): void {
  if (planned && (direction === 'down' || again !== undefined || keptCode || prepareOnly))
    throw new RunError(
      'InvalidInput',
      '"planned" is about pending versions that are applied; it cannot be combined with direction "down", "again", "keptCode" or "prepareOnly".',
      { fields: { table } },
    );
  if (exact && (direction === 'up' || keptCode))
    throw new RunError(
      'InvalidInput',
      '"exact" takes versions back by the journal of what was changed, without any code; it can be combined neither with direction "up" nor with "keptCode".',
      { fields: { table } },
    );
  if (again !== undefined && to !== undefined)
    throw new RunError(
      'InvalidInput',
      `"again" sweeps v${again} once more and no other version, and "to" says how far to apply pending versions; they cannot be combined. Leave one of them out.`,
      { fields: { table, sequence: again } },
    );
  if (direction === 'down' && again !== undefined)
    throw new RunError('InvalidInput', `"again" sweeps a version up once more; it cannot be combined with direction "down".`, {
      fields: { table, sequence: again },
    });
  if (rewrite && again === undefined)
    throw new RunError(
      'InvalidInput',
      `"rewrite" sets again what an earlier code of one version gave. Name the version with "again": \`dynamodt up ${table} --again 3 --rewrite\`.`,
      { fields: { table } },
    );
  if (keptCode && (again !== undefined || prepareOnly || (direction === 'up' && to !== undefined)))
    throw new RunError(
      'InvalidInput',
      '"keptCode" finishes a version that is half-way, or takes versions back, with the code that took them before; it cannot be combined with "again", "prepareOnly", or, upwards, "to".',
      { fields: { table } },
    );
  if (prepareOnly && (direction === 'down' || again !== undefined || dryRun))
    throw new RunError(
      'InvalidInput',
      '"prepareOnly" gathers preparations and transforms nothing; it cannot be combined with direction "down", "again" or "dryRun".',
      { fields: { table } },
    );
  if (maxCost !== undefined && (dryRun || prepareOnly))
    throw new RunError(
      'InvalidInput',
      `"maxCost" pauses a run that holds its table, and a run with "${dryRun ? 'dryRun' : 'prepareOnly'}" holds none; they cannot be combined. Leave one of them out.`,
      { fields: { table } },
    );
  if (prices && maxCost === undefined)
    throw new RunError('InvalidInput', '"prices" are those by which "maxCost" is counted. Give "maxCost", too, or leave "prices" out.', {
      fields: { table },
    });
  if (pauseAfter !== undefined && (dryRun || prepareOnly))
    throw new RunError(
      'InvalidInput',
      `"pauseAfter" limits how many items a run changes, and a run with "${dryRun ? 'dryRun' : 'prepareOnly'}" changes none; they cannot be combined. Leave one of them out.`,
      { fields: { table } },
    );
}
