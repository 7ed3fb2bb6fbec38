import { RunError } from '../../core/errors.ts';
import type { SecretCipher } from '../../core/ledger/given.ts';
import { isInTable, type Version } from '../../core/ledger/versions/version.ts';
import { versionList } from '../../core/ledger/versions/version-list.ts';
import { ownValue } from '../../core/own-value.ts';
import { chosenDown } from '../../core/run/plan-run.ts';
import type { RunInput } from '../../core/run/run-input.ts';
import type { PublishedParameters, StageParameters } from '../../core/transformation/catalog.ts';
import type { Assignment } from './read-set.ts';

/** A version that has a file. */
export interface KnownFile {
  sequence: number;
  /** Undefined if the file declares none, or does not tell their names. */
  parameters?: PublishedParameters | undefined;
}

/** Versions that a run would take. */
export function versionsTaken(
  { direction, to, again, prepareOnly }: Pick<RunInput, 'direction' | 'to' | 'again' | 'prepareOnly'>,
  files: readonly KnownFile[],
  versions: readonly Version[],
  heldBelow: number | undefined,
): number[] {
  if (direction === 'down') return chosenDown({ to }, versions).map(({ sequence }) => sequence);
  if (again !== undefined) return [again];
  if (prepareOnly && to !== undefined) return [to];
  const highest = to ?? (heldBelow ?? Number.POSITIVE_INFINITY) - 1;
  const applied = versions.filter((version) => isInTable(version) && version.status === 'applied').map(({ sequence }) => sequence);
  return files.map(({ sequence }) => sequence).filter((sequence) => sequence <= highest && !applied.includes(sequence));
}

/**
 * What `--set` gives, as the input of the state machine: under the number of its version, of the kind that the file declares, and encrypted
 * if it is secret.
 *
 * @throws RunError InvalidParameters: when a version or a name is not known, several versions declare the name, or a value is of another kind
 */
export async function resolveSet(
  assignments: readonly Assignment[],
  { table, files, taken, secrets }: { table: string; files: readonly KnownFile[]; taken: readonly number[]; secrets: SecretCipher },
): Promise<StageParameters> {
  const resolved: StageParameters = {};
  for (const { name, text, ...given } of assignments) {
    const sequence = given.sequence ?? versionOf(name, table, files, taken);
    const file = files.find((known) => known.sequence === sequence);
    if (!file) throw refused(table, sequence, name, `there is no file of v${sequence}`);
    const { parameters } = file;
    const declared = parameters && ownValue(parameters, name);
    // The service would refuse it, too, but by then it stands in the history of the execution, and it can be a misspelt secret.
    if (parameters && !declared)
      throw refused(table, sequence, name, `v${sequence} has no such parameter, only ${Object.keys(parameters).join(', ') || 'none'}`);
    const value = readValue(text, declared?.type);
    if (value === undefined)
      throw refused(table, sequence, name, `it must be ${inWords[declared?.type ?? ''] ?? 'a value'}, written as JSON`);
    const of = { ...resolved[sequence] };
    if (Object.hasOwn(of, name)) throw refused(table, sequence, name, 'it is given twice');
    const sealed = declared?.secret
      ? { encrypted: await secrets.encrypt({ table, sequence, parameter: name }, JSON.stringify(value)) }
      : value;
    resolved[sequence] = { ...of, [name]: sealed };
  }
  return resolved;
}

function versionOf(name: string, table: string, files: readonly KnownFile[], taken: readonly number[]): number {
  const ofRun = files.filter(({ sequence }) => taken.includes(sequence));
  const declaring = ofRun.filter(({ parameters }) => parameters && Object.hasOwn(parameters, name));
  const untold = ofRun.filter(({ parameters }) => parameters === undefined);
  const [first, second] = declaring.length > 0 ? declaring : untold;
  if (first && !second) return first.sequence;
  const sequences = (second && declaring.length > 0 ? declaring : ofRun).map(({ sequence }) => sequence);
  const forms = sequences.slice(0, 4).map((sequence) => `--set ${sequence}.${name}=…`);
  const which = versionList(sequences);
  if (declaring.length > 1)
    throw new RunError(
      'InvalidParameters',
      `${which} of ${table} declare "${name}", and this run takes all of them. Say which one you mean: ${forms.join(' or ')}.`,
      { fields: { table, parameter: name } },
    );
  const known = ofRun.flatMap(({ sequence, parameters = {} }) => Object.keys(parameters).map((parameter) => `${sequence}.${parameter}`));
  if (taken.length === 0)
    throw new RunError(
      'InvalidParameters',
      `This run takes no version of ${table}, so none gets "${name}". Leave it out; \`dynamodt status ${table}\` says which versions are pending, and \`dynamodt up ${table} --again 3 --set ${name}=…\` applies an applied one once more.`,
      { fields: { table, parameter: name } },
    );
  throw new RunError(
    'InvalidParameters',
    `No version of ${table} that this run takes (${which || versionList(taken)}) declares "${name}"${known.length > 0 ? `. They declare ${known.join(', ')}` : ''}. Correct the name, or name the version: --set ${sequences[0] ?? taken[0]}.${name}=….`,
    { fields: { table, parameter: name } },
  );
}

/** Types of parameters, as a message says them. */
const inWords: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
};

/** Undefined if the text is not of the kind. What the file says nothing of is JSON, if it can be. */
function readValue(text: string, type: string | undefined): unknown {
  if (type === 'string') return text;
  const value = parsed(text);
  if (type === undefined) return value ?? text;
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return found === (type === 'integer' ? 'number' : type) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(table: string, sequence: number, name: string, why: string): RunError {
  return new RunError('InvalidParameters', `--set cannot give "${name}" to ${table} v${sequence}: ${why}. Nothing was started.`, {
    fields: { table, sequence, parameter: name },
  });
}
