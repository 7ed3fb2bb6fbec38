import type * as z from 'zod';
import { editDistance } from '../core/edit-distance.ts';
import { settingNames } from './schema.ts';

/**
 * One line for each problem: the place, what is expected there, and what was found.
 *
 * @param whole what `given` is
 */
export function problemsIn(error: z.ZodError, given: unknown, whole = 'the configuration'): string[] {
  return closestIssues(error, given).flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key]));
    if (issue.code === 'invalid_key') return [`${path.join('.')} ${issue.message}`];
    return [`${path.join('.') || whole} ${expected(issue)}, and is ${shown(at(given, path), issue)}`];
  });
}

/** The problems, with that of the meant form in place of that of a union: of the two forms of a table, it says more. */
export function closestIssues({ issues }: Pick<z.ZodError, 'issues'>, given: unknown): z.core.$ZodIssue[] {
  return issues.flatMap((issue: z.core.$ZodIssue): z.core.$ZodIssue[] => {
    if (issue.code === 'invalid_key') return [{ ...issue, message: `has a name that ${issue.issues[0]?.message ?? 'is not valid'}` }];
    if (issue.code !== 'invalid_union' || typeof at(given, issue.path) !== 'object') return [issue];
    const closest = issue.errors.find((errors) => errors.some((inner) => inner.code === 'unrecognized_keys' || inner.path.length > 0));
    return closest
      ? closest.flatMap((inner) => closestIssues({ issues: [{ ...inner, path: [...issue.path, ...inner.path] }] }, given))
      : [issue];
  });
}

function unknownKey(path: readonly string[]): string {
  const key = path.at(-1) ?? '';
  const isSetting = path.length === 1 || (path.length === 3 && path[0] === 'stages');
  const close = settingNames.filter((name) => editDistance(name.toLowerCase(), key.toLowerCase()) <= 2);
  const advice = !isSetting ? '' : close.length > 0 ? ` (did you mean ${close.join(' or ')}?)` : ` (known are ${settingNames.join(', ')})`;
  return `${path.join('.')} is not known${advice}`;
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('must ')) return issue.message;
  if (issue.code === 'invalid_type') return `must be ${kinds[issue.expected] ?? issue.expected}`;
  return `is not valid (${issue.message})`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Values are not shown, since a configuration may hold what is not for logs, except for numbers if a number is expected. */
function shown(value: unknown, issue: z.core.$ZodIssue): string {
  if (typeof value === 'number' && !(issue.code === 'invalid_type' && issue.expected === 'string')) return String(value);
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}
