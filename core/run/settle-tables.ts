import { isRunErrorName, RunError } from '../errors.ts';

/** How transform-all left one table: taken up, or failed with what Step Functions says of it. */
export interface TableOutcome {
  table: string;
  failure?: { Error?: string | undefined; Cause?: string | undefined } | undefined;
}

export interface SettledTables {
  /** The tables to take up again, or those that were taken up. */
  decision: 'transform' | 'succeed';
  tables: { table: string }[];
  /** The redrive that decided this. */
  redriveCount: number;
}

/**
 * The gate of transform-all: every table was tried, whatever became of the others.
 *
 * 1. All tables are taken up: the execution succeeds.
 * 2. Some failed: it fails here, at a Task.
 * 3. It was redriven since those tables were tried: they are tried again, and no others.
 *
 * @param triedBy the redrive in which the tables were tried
 * @throws RunError TablesFailed
 */
export function settleTables(outcomes: readonly TableOutcome[], triedBy: number, redriveCount: number): SettledTables {
  const failed = outcomes.filter(({ failure }) => failure);
  const done = outcomes.filter(({ failure }) => !failure).map(({ table }) => table);
  if (failed.length === 0) return { decision: 'succeed', tables: done.map((table) => ({ table })), redriveCount };
  if (redriveCount > triedBy) return { decision: 'transform', tables: failed.map(({ table }) => ({ table })), redriveCount };
  const named = failed.map((outcome) => `${outcome.table} (${inWords(outcome)})`);
  throw new RunError(
    'TablesFailed',
    `${failed.length} of ${outcomes.length} tables were not taken up: ${named.join('; ')}. ${done.length > 0 ? `Done: ${done.join(', ')}.` : 'None is done.'} \`dynamodt status\` shows what to do for each. Then redrive this execution, or run \`dynamodt up\` again: only what is left is done.`,
    { fields: { count: failed.length } },
  );
}

/** Max characters of one table's error: the cause of an execution has 32,768 at most. */
const maxLength = 300;

function inWords({ failure }: TableOutcome): string {
  const { error, message } = deepest(failure?.Error ?? 'unknown error', failure?.Cause ?? '');
  const text = message && isRunErrorName(error) ? `${error}: ${message}` : error;
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/** The error of a table's run is within the failure of its execution, and that of a function within both. */
function deepest(error: string, cause: string): { error: string; message: string } {
  const found = fieldsOf(cause);
  if (typeof found['Error'] === 'string') return deepest(found['Error'], text(found['Cause']));
  if (typeof found['errorMessage'] === 'string') return { error: text(found['errorType']) || error, message: found['errorMessage'] };
  return { error, message: cause };
}

function fieldsOf(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
