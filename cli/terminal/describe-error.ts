import { CommanderError } from 'commander';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { isRunErrorName, type RecordedError, RunError, recordedError } from '../../core/errors.ts';

/** Name and one-line message of anything that was thrown, with the typed fields of our own errors. @param help the command that prints the usage */
export function describeError(error: unknown, help = 'dynamodt --help'): RecordedError {
  if (error instanceof CommanderError) return { name: 'InvalidInput', message: `${usageProblem(error)} See \`${help}\`.` };
  if (!(error instanceof Error)) return { name: 'Error', message: oneLine(String(error)) };
  if (error instanceof RunError) return { ...recordedError(error), message: oneLine(error.message) };
  if (error instanceof OperatorError || isRunErrorName(error.name)) return { name: error.name, message: oneLine(error.message) };
  if ('$metadata' in error)
    return {
      name: error.name,
      message: `${sentence(oneLine(error.message) || 'AWS gave no reason')} This is the answer of AWS. Try again; runs that are under way continue meanwhile.`,
    };
  return { name: error.name, message: `${sentence(oneLine(error.message))} This should not happen: please report it.` };
}

function usageProblem({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'No verb was given.';
  const text = oneLine(message.replace(/^error: /, ''));
  return sentence(text.charAt(0).toUpperCase() + text.slice(1));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function sentence(text: string): string {
  return /[.?!)]$/.test(text) ? text : `${text}.`;
}
