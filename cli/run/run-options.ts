import { type Command, InvalidArgumentError, Option } from 'commander';
import type * as z from 'zod';
import { OnlyBetweenInput, parseRunInput, RunInput } from '../../core/run/run-input.ts';
import { pricesAsked, pricesOption } from '../prices-option.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import type { RunAsked } from './run-document.ts';

type Field = Exclude<keyof RunInput, 'table' | 'direction' | 'parameters' | 'startedBy' | 'reason' | 'planned' | 'prices'>;

const help: Record<Field, string> = {
  to: 'highest sequence that is applied after the run (default of up: the newest; of down: one version back; 0 undoes all)',
  again: 'transform the whole table once more with this applied sequence',
  rewrite: 'with --again: set again what still is as an earlier code of the version gave it; what the application wrote stays',
  keptCode: 'take versions with the code that took them before, whatever is deployed; of up: finish the version that is half-way',
  exact: 'take every version back by the journal of what was changed: each attribute as it was, unless it was written since',
  oneByOne:
    'sweep one pending version after the other; by default, versions that allow it are swept together, which costs one write for an item',
  prepareOnly: 'gather the preparation again, transform nothing',
  dryRun: 'read and transform everything, write nothing',
  maxConcurrency: 'workers at a time',
  totalSegments: 'segments of the parallel Scan',
  writeUnits: 'write capacity units a second for the whole run, or unlimited',
  readUnits: 'read capacity units a second for the whole run, or unlimited',
  maxFailures: 'failed items after which the run stops early',
  pauseAfter: 'change up to this number of items, then pause for a look; `resume` continues, `down` takes them back',
  maxCost: 'pause before the run costs more than this, in the currency of the prices; `resume` continues, `down` takes its changes back',
  onlyBetween: 'hours in which the run writes, such as "22:00-06:00 Europe/Berlin"; outside of them it waits by itself. `always` for none',
  acceptLastWriterWins: 'run although the table has replicas in other regions',
};

/** The options of `up` and `down`. */
export const directionFields: readonly Field[] = [
  'to',
  'keptCode',
  'dryRun',
  'maxConcurrency',
  'totalSegments',
  'writeUnits',
  'readUnits',
  'maxFailures',
  'pauseAfter',
  'maxCost',
  'onlyBetween',
  'acceptLastWriterWins',
];

const switches: readonly Field[] = ['rewrite', 'exact', 'keptCode', 'oneByOne', 'dryRun', 'prepareOnly', 'acceptLastWriterWins'];
const budgets: readonly Field[] = ['writeUnits', 'readUnits'];

/** Adds the fields of the state machine's input as flags: their names in kebab case. */
export function addRunOptions(command: Command, fields: readonly Field[]): void {
  for (const field of fields) {
    const flag = `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const option = switches.includes(field)
      ? new Option(flag, help[field])
      : field === 'onlyBetween'
        ? new Option(`${flag} <hours>`, help[field]).argParser(hoursFrom)
        : new Option(`${flag} <n>`, help[field]).argParser(numberFor(field));
    command.addOption(option);
  }
  if (fields.includes('dryRun')) command.addOption(pricesOption());
  if (fields.includes('dryRun')) command.addOption(new Option('--dry', 'the same as --dry-run').hideHelp());
}

/** Adds `--reason`, which is recorded with the run. */
export function addReasonOption(command: Command): void {
  command.addOption(
    new Option('--reason <text>', 'why the run is started, in one line; `status` and `history` show it with who started it').argParser(
      (text: string) => {
        const result = RunInput.shape.reason.safeParse(text);
        if (result.success) return text;
        throw new InvalidArgumentError(`It ${result.error.issues[0]?.message}.`);
      },
    ),
  );
}

/** Adds the flags about the question that is asked before a start. */
export function addConfirmOptions(command: Command, isAboutCost: boolean): void {
  command.option('--yes', 'ask nothing; without a terminal, and with --json, nothing is asked');
  if (isAboutCost)
    command.addOption(
      new Option(
        '--ask-above <amount>',
        'ask if the estimated cost is above this, in the currency of the list prices (default 10)',
      ).argParser(amountFrom),
    );
}

function amountFrom(text: string): number {
  const amount = amountIn(text);
  if (Number.isFinite(amount) && amount >= 0) return amount;
  throw new InvalidArgumentError('It must be an amount of money, such as 10.');
}

function hoursFrom(text: string): string {
  const result = OnlyBetweenInput.safeParse(text);
  if (result.success) return text;
  throw new InvalidArgumentError(`It ${result.error.issues[0]?.message}.`);
}

/** `50`, `$50` or `50$`. */
function amountIn(text: string): number {
  const amount = text.trim().replace(/^\$|\$$/, '');
  return amount === '' ? Number.NaN : Number(amount);
}

/**
 * The input of the state machine. It contains only what the user gave, since the service knows the defaults.
 *
 * @throws UsageError
 */
export function runInputFrom(
  { table, options }: Pick<Invocation, 'table' | 'options'>,
  verb: 'up' | 'down' | 'prepare',
): { input: object; asked: RunAsked } {
  if (table === undefined) throw new UsageError(`Say which table: \`dynamodt ${verb} Users\`.`);
  const { dry, detach: _, set: __, yes: ___, askAbove: ____, prices: _____, ...fields } = options;
  const direction = verb === 'down' ? 'down' : 'up';
  const input = { table, direction, ...fields, ...(dry ? { dryRun: true } : {}), ...(verb === 'prepare' ? { prepareOnly: true } : {}) };
  const { dryRun, prepareOnly } = parseRunInput(input);
  return { input, asked: { table, direction, dryRun, prepareOnly } };
}

/** The prices by which `--max-cost` is counted, for the input of the state machine. @throws UsageError: if they cannot be read */
export async function withPrices(input: object, { maxCost, ...options }: Invocation['options']): Promise<object> {
  const prices = await pricesAsked(options);
  return prices && maxCost !== undefined ? { ...input, prices } : input;
}

function numberFor(field: Field) {
  return (text: string): number | 'unlimited' => {
    if (budgets.includes(field) && text === 'unlimited') return text;
    const number = field === 'maxCost' ? amountIn(text) : text.trim() === '' ? Number.NaN : Number(text);
    const result = RunInput.shape[field].safeParse(number);
    if (result.success && typeof result.data === 'number') return result.data;
    throw new InvalidArgumentError(numberProblem(result.error?.issues[0]));
  };
}

function numberProblem(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'too_big') return `The maximum is ${issue.maximum}.`;
  if (issue?.code === 'too_small') return issue.inclusive ? `The minimum is ${issue.minimum}.` : `It must be above ${issue.minimum}.`;
  if (issue?.code === 'invalid_union') return 'It must be a number above 0, or `unlimited`.';
  return issue?.code === 'invalid_type' && issue.expected === 'int' ? 'It must be a whole number.' : 'It must be a number.';
}
