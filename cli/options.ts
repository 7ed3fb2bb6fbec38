import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from './usage-error.ts';

/** Adds `--sequence`, and the process's own spelling of it. */
export function addSequenceOption(command: Command, help: string): void {
  command.addOption(new Option('--sequence <n>', help).argParser(sequenceFrom));
  command.addOption(new Option('--tNumber <n>', 'the same as --sequence').argParser(sequenceFrom).hideHelp());
}

/** What {@link addSequenceOption} gave, by either spelling. */
export function sequenceAsked({ sequence, tNumber }: Record<string, unknown>): number | undefined {
  const asked = sequence ?? tNumber;
  return typeof asked === 'number' ? asked : undefined;
}

/** The number of a version from an argument. */
export function sequenceFrom(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be the number of a version, as 3 of v3.');
}

/** Parses a flag's whole number of 1 to `most`. */
export function wholeNumber(most = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(number) && number > 0 && number <= most) return number;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER ? 'It must be a whole number above 0.' : `It must be a whole number from 1 to ${most}.`,
    );
  };
}

/** The table, by the positional or by `--table`, which means the same. @throws UsageError where they differ */
export function tableAsked(positional: string | undefined, spelled: string | undefined): string | undefined {
  if (positional !== undefined && spelled !== undefined && positional !== spelled)
    throw new UsageError(`The table is "${positional}" by position and "${spelled}" by --table. Give it once.`);
  const table = positional ?? spelled;
  if (table?.trim() === '') throw new UsageError('The name of the table is empty. Give the name of its folder under transformations/.');
  return table;
}
