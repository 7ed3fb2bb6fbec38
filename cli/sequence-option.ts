import { type Command, InvalidArgumentError, Option } from 'commander';

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
