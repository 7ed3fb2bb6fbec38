import { jsonProblem } from '../../values/json-problem.ts';
import { isSecret } from './secret.ts';
import {
  fieldOfSchema,
  fieldsOfSchema,
  isStandardSchema,
  type KnownField,
  type StandardIssue,
  type StandardSchema,
} from './standard-schema.ts';

/** The parameters that a file declares. */
export interface DeclaredParameters {
  /** By name; undefined if the file's schema does not tell its names. */
  fields: ReadonlyMap<string, KnownField> | undefined;
  /**
   * Completes given values by defaults, and checks them.
   *
   * @param given JSON values
   * @param only names to complete, if not all; a schema takes all of them
   */
  complete(given: Readonly<Record<string, unknown>>, only?: readonly string[]): Promise<Completed>;
}

/** What functions get, or why they cannot. */
export type Completed = { values: Record<string, unknown> } | { problems: ParameterProblem[] };

export interface ParameterProblem {
  /** Undefined if it is about all of them. */
  name: string | undefined;
  /** A clause that follows the parameter's name, and has no value in it. */
  problem: string;
}

/**
 * Reads what a file exports as `parameters`.
 *
 * @returns what it declares, or the problem as a clause that follows `parameters`
 */
export function declaredParameters(exported: unknown): DeclaredParameters | { problem: string } {
  if (isStandardSchema(exported)) return declaredBySchema(exported);
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported) || isSecret(exported))
    return {
      problem: 'must be an object of default values, such as { days: 14 }, or a Standard Schema of an object (zod, valibot, arktype)',
    };
  const fields = new Map<string, Field>();
  for (const [name, value] of Object.entries(exported)) {
    const field = fieldOf(name, value);
    if (typeof field === 'string') return { problem: field };
    fields.set(name, field);
  }
  return declaredByFields(fields);
}

interface Field extends KnownField {
  complete(given: unknown): Completion | Promise<Completion>;
}

type Completion = { value: unknown } | { problem: string };

/** Also a name on a command line: `--set 3.days=30`. */
const parameterName = /^(?!__proto__$)[A-Za-z_$][\w$-]*$/;

function fieldOf(name: string, declared: unknown): Field | string {
  if (!parameterName.test(name))
    return `has the name ${JSON.stringify(name)}. A name begins with a letter, and has letters, digits, "_", "-" and "$"`;
  const hidden = isSecret(declared);
  const inner: unknown = hidden ? declared.secret : declared;
  if (isStandardSchema(inner)) {
    const { type, isSecret: saysSecret } = fieldOfSchema(inner);
    return { type, isSecret: hidden || saysSecret, complete: (given) => validated(inner, given, hidden || saysSecret) };
  }
  if (hidden && inner === undefined) return { type: 'string', isSecret: true, complete: (given) => ofKind('string', given) };
  const problem = jsonProblem(inner);
  if (problem)
    return `has ${problem} as the default of "${name}". A default is JSON: a string, a finite number, true or false, null, an array or a plain object`;
  const kind = kindOf(inner);
  return {
    type: kind === 'null' ? undefined : kind,
    isSecret: hidden,
    complete: (given) => (given === undefined ? { value: inner } : ofKind(kind, given)),
  };
}

/** A default of null says nothing of other values. */
function ofKind(kind: string, given: unknown): Completion {
  if (given === undefined) return { problem: 'has no default, and is not given' };
  const found = kindOf(given);
  return kind === 'null' || found === kind ? { value: given } : { problem: `must be ${inWords(kind)}, and ${inWords(found)} is given` };
}

function declaredByFields(fields: ReadonlyMap<string, Field>): DeclaredParameters {
  return {
    fields,
    async complete(given, only = [...fields.keys()]) {
      const unknown = unknownNames(Object.keys(given), fields);
      if (unknown.length > 0) return { problems: unknown };
      const values: Record<string, unknown> = {};
      const problems: ParameterProblem[] = [];
      for (const [name, field] of fields) {
        if (!only.includes(name)) continue;
        const completed = await field.complete(Object.hasOwn(given, name) ? given[name] : undefined);
        if ('problem' in completed) problems.push({ name, problem: completed.problem });
        else if (completed.value !== undefined) values[name] = completed.value;
      }
      return problems.length > 0 ? { problems } : asJson(values);
    },
  };
}

function declaredBySchema(schema: StandardSchema): DeclaredParameters {
  const fields = fieldsOfSchema(schema);
  return {
    fields,
    async complete(given) {
      const unknown = fields ? unknownNames(Object.keys(given), fields) : [];
      if (unknown.length > 0) return { problems: unknown };
      const result = await ranSchema(schema, { ...given });
      if ('problem' in result) return { problems: [{ name: undefined, problem: result.problem }] };
      if (result.issues) return { problems: result.issues.map((issue) => problemOf(issue, fields)) };
      const { value } = result;
      if (kindOf(value) !== 'object' || !isRecord(value))
        return {
          problems: [{ name: undefined, problem: `are ${inWords(kindOf(value))} by the file's schema, which must give an object` }],
        };
      const dropped = fields ? [] : Object.keys(given).filter((name) => !Object.hasOwn(value, name));
      if (dropped.length > 0) return { problems: dropped.map((name) => ({ name, problem: "is not in what the file's schema gives" })) };
      return asJson(Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)));
    },
  };
}

function unknownNames(names: readonly string[], fields: ReadonlyMap<string, unknown>): ParameterProblem[] {
  const declared = [...fields.keys()].join(', ') || 'none';
  return names
    .filter((name) => !fields.has(name))
    .map((name) => ({ name, problem: `is not a parameter of the file (declared: ${declared})` }));
}

/** What is recorded is what functions get, in each attempt. */
function asJson(values: Record<string, unknown>): Completed {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const problem = jsonProblem(value);
    return problem ? [{ name, problem: `is ${problem} after the file's schema, which JSON cannot keep` }] : [];
  });
  if (problems.length > 0) return { problems };
  const copy: Record<string, unknown> = JSON.parse(JSON.stringify(values));
  return { values: copy };
}

async function validated(schema: StandardSchema, given: unknown, isHidden: boolean): Promise<Completion> {
  const result = await ranSchema(schema, given);
  if ('problem' in result) return result;
  if (!result.issues) return { value: result.value };
  if (given === undefined) return { problem: 'has no default, and is not given' };
  return { problem: isHidden ? hiddenMessage : messageOf(result.issues[0]) };
}

async function ranSchema(schema: StandardSchema, value: unknown) {
  try {
    return await schema['~standard'].validate(value);
  } catch (error) {
    // Its message may hold a value.
    return { problem: `cannot be checked: the file's schema threw ${error instanceof Error ? error.name : 'something'}` };
  }
}

function problemOf(issue: StandardIssue, fields: ReadonlyMap<string, KnownField> | undefined): ParameterProblem {
  const [first] = issue.path ?? [];
  if (first === undefined) return { name: undefined, problem: messageOf(issue) };
  const name = String(typeof first === 'object' ? first.key : first);
  return { name, problem: fields?.get(name)?.isSecret ? hiddenMessage : messageOf(issue) };
}

/** The message of a schema may hold the value. */
const hiddenMessage = "is refused by the file's schema";

function messageOf(issue: StandardIssue | undefined): string {
  return `is refused by the file's schema (${issue?.message.replace(/\.$/, '') ?? 'no reason given'})`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const articles: Readonly<Record<string, string>> = {
  array: 'an array',
  object: 'an object',
  boolean: 'true or false',
  null: 'null',
  undefined: 'nothing',
};

function inWords(kind: string): string {
  return articles[kind] ?? `a ${kind}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
