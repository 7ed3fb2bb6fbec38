import type { Clock } from '../../clock.ts';
import { ItemError, RunError, type RunErrorFields } from '../../errors.ts';
import type { Prepare, PrepareContext } from '../../transformation/contract.ts';
import { sourceLocation, thrownName } from '../../transformation/thrown-error.ts';
import { jsonProblem } from '../../values/json-problem.ts';

export interface GatherPorts {
  clock: Clock;
  context: PrepareContext;
  /** `Users/v4_flags.ts` */
  file: string;
  /** Milliseconds that `prepare` may take; undefined for no limit. */
  limitMs: number | undefined;
  /** Max bytes of the JSON: each worker holds it in memory. */
  maxBytes: number;
}

export interface Gathered {
  text: string;
  /** Of the text, in UTF-8. */
  bytes: number;
  /** Elements of the array, or attributes of the object, that `prepare` returned. */
  entries?: number;
}

/** 64 MiB: a worker holds the JSON and what it parses to beside its items. */
export const defaultMaxPreparationBytes = 64 * 1024 * 1024;
/** JSON takes about eight times its bytes when it is read: a third of the memory. */
const bytesPerMegabyte = 40 * 1024;

/** Max bytes of JSON that a worker holds. @param memory of a worker, in MB; undefined if it is not known */
export function maxPreparationBytesFor(memory: number | undefined): number {
  return Math.min(defaultMaxPreparationBytes, (memory ?? Number.POSITIVE_INFINITY) * bytesPerMegabyte);
}

/**
 * Calls `prepare` and returns what it gathered as JSON.
 *
 * @throws RunError PreparationInvalid: when `prepare` throws, takes too long, returns nothing, or returns what JSON cannot keep
 * @throws RunError PreparationTooLarge
 */
export async function gatherPreparation(prepare: Prepare, ports: GatherPorts): Promise<Gathered> {
  const { context, file, maxBytes } = ports;
  const value = await call(prepare, ports);
  const of = ofFile(file, context);
  if (value === undefined)
    throw new RunError(
      'PreparationInvalid',
      `prepare of ${file} returned nothing. Return what the functions shall find in context.preparation, or remove prepare.`,
      { fields: { ...of } },
    );
  const problem = jsonProblem(value);
  if (problem)
    throw new RunError(
      'PreparationInvalid',
      `prepare of ${file} returned ${problem}, which JSON cannot keep. Return plain objects, arrays, strings, finite numbers, booleans and null.`,
      { fields: { ...of } },
    );
  const text = JSON.stringify(value);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxBytes)
    throw new RunError(
      'PreparationTooLarge',
      `prepare of ${file} returned ${bytes} bytes as JSON, and a worker takes ${maxBytes}. Return less, give the workers more memory (\`memorySize\`), or put the data into a table of its own and look it up through context.documentClient in the functions of ${context.table} v${context.sequence}.`,
      { fields: { ...of, limit: maxBytes, count: bytes } },
    );
  return { text, bytes, ...entriesOf(value) };
}

/** Of an array or an object; other values have none. */
function entriesOf(value: unknown): Pick<Gathered, 'entries'> {
  return typeof value === 'object' && value !== null ? { entries: Object.keys(value).length } : {};
}

async function call(prepare: Prepare, { clock, context, file, limitMs }: GatherPorts): Promise<unknown> {
  const called = (async () => prepare(context))().catch((error: unknown) => {
    if (error instanceof RunError) throw error;
    // The message may hold what was gathered and stays out; the class of the error and its place in the file are enough to find the fault.
    const place = sourceLocation(error, file);
    // A look-up that cannot be made names no data.
    if (error instanceof ItemError)
      throw new RunError(
        'PreparationInvalid',
        `prepare of ${file} failed${place ? ` (${place})` : ''}: ${error.message} Mend it, deploy it, and redrive the execution or start again.`,
        { fields: { ...ofFile(file, context) } },
      );
    throw new RunError(
      'PreparationInvalid',
      `prepare of ${file} threw ${thrownName(error)}${place ? ` (${place})` : ''}. Mend it and deploy it, or gather the data where it can be reached: \`dynamodt prepare ${context.table} --sequence ${context.sequence} --here\`. Then redrive the execution or start again.`,
      { fields: { ...ofFile(file, context) } },
    );
  });
  if (limitMs === undefined) return called;
  const late = clock.sleep(limitMs).then(() => {
    throw new RunError(
      'PreparationInvalid',
      `prepare of ${file} did not end within ${Math.round(limitMs / 1000)} seconds. Gather less, or gather it without a limit: \`dynamodt prepare ${context.table} --sequence ${context.sequence} --here\`. Then redrive the execution or start again.`,
      { fields: { ...ofFile(file, context), limit: Math.round(limitMs / 1000) } },
    );
  });
  return Promise.race([called, late]);
}

function ofFile(file: string, { table, sequence }: PrepareContext): RunErrorFields {
  return { table, sequence, file };
}
