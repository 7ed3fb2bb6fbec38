import { z } from 'zod';
import { RunError } from '../errors.ts';

const positive = z.int().min(1);
/** Capacity units a second for the whole run. */
export const BudgetLimitInput = z.union([z.number().positive(), z.literal('unlimited')], {
  error: 'must be a number above 0, or "unlimited"',
});

/** Input of the state machine `transform-table`. */
export const RunInput = z.strictObject({
  /** Logical name: the folder under `transformations/`. */
  table: z.string().regex(/^(?!\.+$)[\w.-]+$/, 'must be the name of a table: letters, digits, "_", "-" and "."'),
  direction: z.enum(['up', 'down']).default('up'),
  /** The highest sequence that is applied afterwards. */
  to: z.int().min(0).optional(),
  /** A sequence to sweep once more. */
  again: positive.optional(),
  dryRun: z.boolean().default(false),
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
});
export type RunInput = z.infer<typeof RunInput>;

/** @throws RunError InvalidInput, naming the field, what it is and what it must be */
export function parseRunInput(input: unknown): RunInput {
  const result = RunInput.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new RunError(
    'InvalidInput',
    `The input is not what transform-table takes (${problems.join('; ')}). Example: {"table": "Users"}. Fields: ${Object.keys(RunInput.shape).join(', ')}.`,
  );
}
