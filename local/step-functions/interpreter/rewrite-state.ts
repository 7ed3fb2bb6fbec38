import type { Json } from '../../json.ts';
import type { State } from './asl.ts';

/** The resource of a Map that was rewritten to a Task, whose items this code runs. */
const mapResource = 'local:map';

/** The interpreter's timer overflows above this many seconds; this code enforces timeouts itself, from the start of the work. */
const maxTimeoutSeconds = 2_147_483;

/**
 * Rewrites a state for the interpreter, in memory only:
 *
 * - the context object moves from `$$` to `$$.Local`, since the interpreter overwrites parts of `$$.Execution`;
 * - a Map becomes a Task that is given the items and the evaluated settings;
 * - a type test for `false` becomes Not, since the interpreter never matches the former;
 * - defaults such as `ResultPath: "$"` are left out, since the interpreter reads them as a field named `$`.
 */
export function rewriteState(state: State): State {
  const rewritten = localContext(state.Type === 'Map' ? taskOfMap(state) : state) as State;
  for (const path of ['InputPath', 'ResultPath', 'OutputPath']) if (rewritten[path] === '$') delete rewritten[path];
  if (rewritten.Choices) rewritten.Choices = rewritten.Choices.map((choice) => ({ ...positiveTests(choice), Next: choice.Next }));
  if (rewritten.Type === 'Task') {
    rewritten.TimeoutSeconds = maxTimeoutSeconds;
    delete rewritten.TimeoutSecondsPath;
  }
  return rewritten;
}

function taskOfMap(state: State): State {
  const { ItemsPath, ItemSelector: _selector, ItemProcessor: _processor, Iterator: _iterator, ...task } = state;
  return {
    ...task,
    Type: 'Task',
    Resource: mapResource,
    Parameters: {
      'input.$': '$',
      'items.$': ItemsPath ?? '$',
      ...setting('maxConcurrency', state.MaxConcurrency, state.MaxConcurrencyPath),
      ...setting('toleratedFailureCount', state.ToleratedFailureCount, state.ToleratedFailureCountPath),
      ...setting('toleratedFailurePercentage', state.ToleratedFailurePercentage, state.ToleratedFailurePercentagePath),
    },
  };
}

function setting(name: string, value: number | undefined, path: string | undefined): { [key: string]: Json } {
  return path === undefined ? { [name]: value ?? null } : { [`${name}.$`]: path };
}

/** Fields whose value is a path or an intrinsic function. */
function holdsPath(field: string): boolean {
  return field.endsWith('.$') || field.endsWith('Path') || field === 'Variable';
}

function localContext(value: unknown, field = ''): unknown {
  if (typeof value === 'string') return holdsPath(field) ? value.replaceAll('$$', () => '$$.Local') : value;
  if (Array.isArray(value)) return value.map((element) => localContext(element));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, localContext(inner, key)]));
}

const typeTests = ['IsPresent', 'IsNull', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'];

function positiveTests(rule: { [key: string]: Json }): { [key: string]: Json } {
  const test = typeTests.find((name) => rule[name] === false);
  if (test) return { Not: { Variable: rule['Variable'] ?? '$', [test]: true } };
  const inner = Object.entries(rule).map(([key, value]) => [key, Array.isArray(value) ? value.map(positiveJson) : positiveJson(value)]);
  return Object.fromEntries(inner);
}

function positiveJson(value: Json): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? positiveTests(value) : value;
}
