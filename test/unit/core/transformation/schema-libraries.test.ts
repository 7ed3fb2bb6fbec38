import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { declaredParameters } from '../../../../core/transformation/parameters/declared-parameters.ts';
import { secret } from '../../../../core/transformation/parameters/secret.ts';

type Issue = { message: string; path?: { key: string }[] };

/** A schema as valibot has it: no JSON Schema, but members with the names of their types, and those of optional values around others. */
function asValibot(type: string, more: object, validate: (value: unknown) => { value: unknown } | { issues: Issue[] }): object {
  return { kind: 'schema', type, ...more, '~standard': { version: 1, vendor: 'valibot', validate } };
}

const number = asValibot('number', {}, (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'Expected number' }] }));
const text = asValibot('string', {}, (value) =>
  typeof value === 'string' && value.length <= 5 ? { value } : { issues: [{ message: `Invalid: received ${JSON.stringify(value)}` }] },
);
const optional = asValibot('optional', { wrapped: text }, (value) => ({ value: value ?? 'all' }));
const object = asValibot('object', { entries: { days: number, tenant: optional } }, (value) => {
  const { days, tenant = 'all' }: { days?: unknown; tenant?: unknown } = typeof value === 'object' && value !== null ? value : {};
  return typeof days === 'number' && days >= 1
    ? { value: { days, tenant } }
    : { issues: [{ message: 'Expected >=1', path: [{ key: 'days' }] }] };
});

/** A schema as arktype has it: a function, which tells its JSON Schema. */
const asArktype = Object.assign(() => undefined, {
  '~standard': {
    version: 1,
    vendor: 'arktype',
    validate: (value: unknown) => z.object({ days: z.number().min(1), tenant: z.string().default('all') })['~standard'].validate(value),
    jsonSchema: {
      input: () => ({ type: 'object', properties: { days: { type: 'number' }, tenant: { type: 'string' } }, required: ['days'] }),
    },
  },
});

const libraries: [string, unknown][] = [
  ['zod', z.object({ days: z.number().min(1), tenant: z.string().default('all') })],
  ['the form of valibot', object],
  ['the form of arktype', asArktype],
];

function declared(exported: unknown) {
  const found = declaredParameters(exported);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

describe.each(libraries)('a schema of %s as parameters', (_, schema) => {
  it('says names and types, and completes values by its defaults', async () => {
    const { fields, complete } = declared(schema);
    expect([...(fields ?? [])].map(([name, field]) => [name, field.type])).toEqual([
      ['days', 'number'],
      ['tenant', 'string'],
    ]);
    expect(await complete({ days: 30 })).toEqual({ values: { days: 30, tenant: 'all' } });
  });

  it('names the parameter that it refuses, that is missing, or that it does not have', async () => {
    const { complete } = declared(schema);
    const named = async (given: Record<string, unknown>) => {
      const completed = await complete(given);
      return 'problems' in completed ? completed.problems.map(({ name }) => name) : [];
    };
    expect(await named({ days: 0 })).toEqual(['days']);
    expect(await named({ tenant: 'x' })).toEqual(['days']);
    expect(await named({ days: 30, other: 1 })).toEqual(['other']);
  });
});

it.each([
  ['zod', z.string().max(5)],
  ['the form of valibot', text],
])('a schema of one value of %s keeps the value of a secret out of its message', async (_, schema) => {
  const { fields, complete } = declared({ days: 14, token: secret(schema) });
  expect(fields?.get('token')).toMatchObject({ type: 'string', isSecret: true });
  expect(await complete({ token: 'abc' })).toEqual({ values: { days: 14, token: 'abc' } });
  expect(JSON.stringify(await complete({ token: 'canary-7f3a' }))).not.toContain('canary');
});
