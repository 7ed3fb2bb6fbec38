import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { tableNamesIn } from '../../config/table-names.ts';
import type { Prices } from '../../core/ledger/limits/prices.ts';
import type { Quiet } from '../../core/plan/findings/follow-findings.ts';
import { BudgetLimitInput } from '../../core/run/run-input.ts';
import { addSequenceOption, sequenceAsked, wholeNumber } from '../options.ts';
import { type Assignment, readSet, setOption } from '../parameters/read-set.ts';
import { pricesAsked, pricesOption } from '../prices-option.ts';
import { addRunOptions } from '../run/run-options.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import { maxMissingKeys } from './plan-text.ts';

const Options = z.object({
  transformations: z.string(),
  sample: z.number(),
  examples: z.number(),
  showValues: z.boolean().default(false),
  full: z.boolean().default(false),
  failures: z.boolean().default(false),
  down: z.boolean().default(false),
  exact: z.boolean().default(false),
  offline: z.boolean().default(false),
  against: z.string().optional(),
  writeUnits: BudgetLimitInput.optional(),
  readUnits: BudgetLimitInput.optional(),
  acceptLastWriterWins: z.boolean().default(false),
  oneByOne: z.boolean().default(false),
  set: z.array(z.string()).default([]),
  prices: z.string().optional(),
  tableName: z.string().optional(),
  out: z.string().min(1).optional(),
  markdown: z.boolean().default(false),
  quiet: z.custom<Quiet>().optional(),
});

export type AskedPlan = Omit<z.infer<typeof Options>, 'prices' | 'set'> & {
  sequence: number | undefined;
  /** Values for parameters. */
  set: readonly Assignment[];
  prices: Prices | undefined;
  /** Names of tables by their folders, as `dynamodt.config.ts` has them; the deployed service knows better. */
  configuredNames: Record<string, string>;
};

const defaultSample = 500;
const largestSample = 10_000;
const defaultExamples = 3;

export function addPlanOptions(command: Command): void {
  command
    .option('--transformations <dir>', 'the folder of your files', 'transformations')
    .option('--sample <n>', 'number of items to read from random segments of the table', wholeNumber(largestSample), defaultSample)
    .option('--examples <n>', 'number of items shown before and after, for each version', wholeNumber(100), defaultExamples)
    .option('--show-values', 'show values of items, not only their types and lengths')
    .option('--full', 'also try the deployed files on the whole table, in a dry run')
    .option('--failures', `with --full and --sequence: list the keys of the first ${maxMissingKeys} missing items`)
    .option('--down', 'say of each applied version how `down` would take it back, in place of trying files')
    .option('--exact', 'with --down: as `down --exact`, which goes by the journal of what was changed')
    .option('--offline', 'only look at the files, without AWS')
    .option('--against <ref>', 'with --offline: compare with the files of another branch, such as origin/main')
    .option('--out <file>', 'also write the plan to a file, for `up --plan`')
    .option(
      '--quiet <time>',
      'with --sequence: fail if something wrote the shape before that version within this time, such as 24h',
      quietFrom,
    )
    .option('--markdown', 'print Markdown for a comment at a pull request, without any items')
    .option('--table-name <name>', 'name of the table itself, if it differs from its folder and no service is deployed');
  addSequenceOption(command, 'only this version; if it is applied, the gate before phases 3 and 4');
  addRunOptions(command, ['writeUnits', 'readUnits', 'oneByOne', 'acceptLastWriterWins']);
  command.addOption(setOption());
  command.addOption(pricesOption());
}

/**
 * The options of `plan`, checked.
 *
 * @throws UsageError: if options contradict each other, or the prices cannot be read
 */
export async function readPlanOptions({ table, options, config }: Pick<Invocation, 'table' | 'options' | 'config'>): Promise<AskedPlan> {
  const { prices, ...asked } = Options.parse(options);
  const sequence = sequenceAsked(options);
  if (table === undefined && sequence !== undefined)
    throw new UsageError('--sequence is about one table: name it, as in `dynamodt plan Users`.');
  if (table === undefined && asked.tableName !== undefined)
    throw new UsageError('--table-name is about one table: name its folder, as in `dynamodt plan Users --table-name prod-users`.');
  if (asked.offline && asked.full)
    throw new UsageError('--offline sends no request to AWS, and --full runs in AWS. Give only one of them.');
  if (asked.offline && asked.set.length > 0)
    throw new UsageError('--offline only looks at files, and gives no parameters to their functions. Leave out --set.');
  if (asked.against !== undefined && !asked.offline)
    throw new UsageError(
      '--against compares files only, and without --offline a plan compares with what is applied. Give --offline too, as in `dynamodt plan --offline --against origin/main`.',
    );
  if (asked.against?.startsWith('-') || asked.against?.trim() === '')
    throw new UsageError('--against takes a branch, a tag or a commit, as in `dynamodt plan --offline --against origin/main`.');
  if (asked.failures && !(asked.full && sequence !== undefined))
    throw new UsageError(
      '--failures lists items of the whole table that lack what an applied version gives. Give --full and --sequence too, as in `dynamodt plan Users --sequence 3 --full --failures`.',
    );
  if (asked.quiet && sequence === undefined)
    throw new UsageError('--quiet is about one version: give it, as in `dynamodt plan Users --sequence 3 --quiet 24h`.');
  if (asked.quiet && asked.offline)
    throw new UsageError('--quiet asks the ledger, and --offline sends no request to AWS. Give only one of them.');
  refuseWithDown(asked, sequence);
  if (asked.markdown && (asked.down || asked.failures || asked.showValues))
    throw new UsageError('--markdown is for a comment that many read, and has no items: leave out --down, --failures and --show-values.');
  if (asked.out !== undefined && (asked.offline || asked.down))
    throw new UsageError(
      `--out keeps what \`up --plan\` may do, and ${asked.offline ? '--offline' : '--down'} does not look at the table for that. Leave one of them out.`,
    );
  const configuredNames = tableNamesIn(config?.settings);
  if (table === undefined && asked.set.length > 0)
    throw new UsageError('--set is about one table: name it, as in `dynamodt plan Users --set days=30`.');
  return {
    ...asked,
    set: readSet(options),
    sequence,
    configuredNames,
    prices: await pricesAsked({ prices }),
  };
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const longestQuietMs = 365 * 86_400_000;

/** `24h`. @throws InvalidArgumentError: if it is no time */
function quietFrom(text: string): Quiet {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (ms > 0 && ms <= longestQuietMs) return { ms, text: text.trim(), isAsked: true };
  throw new InvalidArgumentError('It must be a number of minutes, hours or days, up to 365d, such as 90m, 24h or 7d.');
}

function refuseWithDown({ down, exact, ...asked }: z.infer<typeof Options>, sequence: number | undefined): void {
  if (exact && !down) throw new UsageError('--exact is about the way back. Give --down too, as in `dynamodt plan Users --down --exact`.');
  const others = {
    '--full': asked.full,
    '--offline': asked.offline,
    '--sequence': sequence !== undefined,
    '--set': asked.set.length > 0,
  };
  const [other] = Object.entries(others).flatMap(([flag, isGiven]) => (isGiven ? [flag] : []));
  if (down && other)
    throw new UsageError(
      `--down says of all applied versions how \`down\` would take them back, by what the ledger knows; it tries nothing. Leave out ${other}.`,
    );
}
