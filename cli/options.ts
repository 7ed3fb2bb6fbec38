import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from './usage-error.ts';

/** Adds `--sequence` and its hidden alias `--tNumber`, the name that dynamo-data-transform uses. */
export function addSequenceOption(command: Command, help: string): void {
  command.addOption(new Option('--sequence <n>', help).argParser(sequenceFrom));
  command.addOption(new Option('--tNumber <n>', 'the same as --sequence').argParser(sequenceFrom).hideHelp());
}

/** The sequence given by `--sequence` or `--tNumber`. */
export function sequenceAsked({ sequence, tNumber }: Record<string, unknown>): number | undefined {
  const asked = sequence ?? tNumber;
  return typeof asked === 'number' ? asked : undefined;
}

/**
 * Parses the number of a version.
 *
 * @throws InvalidArgumentError: if it is not a sequence
 */
export function sequenceFrom(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be the number of a version, such as 3 for v3.');
}

/** A parser for a flag that takes a whole number from 1 to `max`. */
export function wholeNumber(max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(number) && number > 0 && number <= max) return number;
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER ? 'It must be a whole number above 0.' : `It must be a whole number from 1 to ${max}.`,
    );
  };
}

/**
 * The table, given as positional argument or as `--table`.
 *
 * @throws UsageError: if both are given and differ, or the name is empty
 */
export function tableAsked(positional: string | undefined, spelled: string | undefined): string | undefined {
  if (positional !== undefined && spelled !== undefined && positional !== spelled)
    throw new UsageError(`The positional argument names the table "${positional}", and --table names "${spelled}". Give the table once.`);
  const table = positional ?? spelled;
  if (table?.trim() === '') throw new UsageError('The name of the table is empty. Give the name of its folder under transformations/.');
  return table;
}
