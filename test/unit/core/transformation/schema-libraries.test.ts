import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { declaredParameters } from '../../../../core/transformation/parameters/declared-parameters.ts';
import { secret } from '../../../../core/transformation/parameters/secret.ts';

const libraries: [string, { object: object; text: object }][] = [
  ['zod', { object: z.object({ days: z.number().min(1), tenant: z.string().default('all') }), text: z.string().max(5) }],
  [
    'valibot',
    {
      object: v.object({ days: v.pipe(v.number(), v.minValue(1)), tenant: v.optional(v.string(), 'all') }),
      text: v.pipe(v.string(), v.maxLength(5)),
    },
  ],
  ['arktype', { object: type({ days: 'number >= 1', tenant: "string = 'all'" }), text: type('string <= 5') }],
];

function declared(exported: unknown) {
  const found = declaredParameters(exported);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

describe.each(libraries)('a schema of %s as parameters', (_, { object, text }) => {
  it('says names and types, and completes values by its defaults', async () => {
    const { fields, complete } = declared(object);
    expect([...(fields ?? [])].map(([name, field]) => [name, field.type])).toEqual([
      ['days', 'number'],
      ['tenant', 'string'],
    ]);
    expect(await complete({ days: 30 })).toEqual({ values: { days: 30, tenant: 'all' } });
  });

  it('names the parameter that it refuses, that is missing, or that it does not have', async () => {
    const { complete } = declared(object);
    const named = async (given: Record<string, unknown>) => {
      const completed = await complete(given);
      return 'problems' in completed ? completed.problems.map(({ name }) => name) : [];
    };
    expect(await named({ days: 0 })).toEqual(['days']);
    expect(await named({ days: '30' })).toEqual(['days']);
    expect(await named({ tenant: 'x' })).toEqual(['days']);
    expect(await named({ days: 30, other: 1 })).toEqual(['other']);
  });

  it('stands for one value among others, and keeps the value of a secret out of its message', async () => {
    const { fields, complete } = declared({ days: 14, token: secret(text) });
    expect(fields?.get('token')).toMatchObject({ type: 'string', isSecret: true });
    expect(await complete({ token: 'abc' })).toEqual({ values: { days: 14, token: 'abc' } });
    expect(await complete({})).toMatchObject({ problems: [{ name: 'token', problem: 'has no default, and is not given' }] });
    expect(JSON.stringify(await complete({ token: 'canary-7f3a' }))).not.toContain('canary');
  });
});
