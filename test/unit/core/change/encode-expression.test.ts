import { describe, expect, it } from 'vitest';
import { type Condition, equalsOf } from '../../../../core/change/condition.ts';
import { encodeExpression } from '../../../../core/change/encode-expression.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';

const noCondition: Condition = { equals: { names: [], values: [] }, missing: [] };

function update(set: Image, remove: string[] = []) {
  return { kind: 'update' as const, set, remove };
}

/** The expressions with every placeholder replaced by what it stands for. */
function spelledOut(partitionKey: string, ...rest: Parameters<typeof encodeExpression> extends [string, ...infer Rest] ? Rest : never) {
  const {
    UpdateExpression,
    ConditionExpression,
    ExpressionAttributeNames,
    ExpressionAttributeValues = {},
  } = encodeExpression(partitionKey, ...rest);
  const spell = (text: string) =>
    text.replace(/[#:]\w+/g, (mark) =>
      mark[0] === '#' ? `<${ExpressionAttributeNames[mark]}>` : JSON.stringify(ExpressionAttributeValues[mark]),
    );
  return { update: UpdateExpression && spell(UpdateExpression), condition: spell(ConditionExpression) };
}

describe('a change as expressions', () => {
  it('is an update under the whole condition, which needs the item to exist', () => {
    const condition: Condition = {
      equals: equalsOf({ name: { S: 'Grace' }, n: { N: '1' } }),
      missing: ['first'],
    };

    expect(spelledOut('id', update({ first: { S: 'G' }, last: { NULL: true } }, ['old', 'older']), condition)).toEqual({
      update: 'SET <first> = {"S":"G"}, <last> = {"NULL":true} REMOVE <old>, <older>',
      condition: 'attribute_exists(<id>) AND <name> = {"S":"Grace"} AND <n> = {"N":"1"} AND attribute_not_exists(<first>)',
    });
  });

  it('has no part that would be empty, which DynamoDB refuses', () => {
    expect(encodeExpression('id', update({}, ['old']), noCondition)).toEqual({
      UpdateExpression: 'REMOVE #n1',
      ConditionExpression: 'attribute_exists(#n0)',
      ExpressionAttributeNames: { '#n0': 'id', '#n1': 'old' },
    });
    expect(encodeExpression('id', update({ a: { NULL: true } }), noCondition).UpdateExpression).toBe('SET #n1 = :v0');
  });

  it('has no update where it is a delete', () => {
    expect(encodeExpression('id', { kind: 'delete' }, { equals: equalsOf({ a: { S: 'x' } }), missing: [] })).toEqual({
      ConditionExpression: 'attribute_exists(#n0) AND #n1 = :v0',
      ExpressionAttributeNames: { '#n0': 'id', '#n1': 'a' },
      ExpressionAttributeValues: { ':v0': { S: 'x' } },
    });
  });

  it('has one placeholder for a name that stands twice, and one for each value', () => {
    const encoded = encodeExpression('id', update({ a: { S: 'new' } }), { equals: equalsOf({ a: { S: 'old' } }), missing: [] });

    expect(encoded).toEqual({
      UpdateExpression: 'SET #n1 = :v1',
      ConditionExpression: 'attribute_exists(#n0) AND #n1 = :v0',
      ExpressionAttributeNames: { '#n0': 'id', '#n1': 'a' },
      ExpressionAttributeValues: { ':v0': { S: 'old' }, ':v1': { S: 'new' } },
    });
  });

  it('never holds a name in its text, whatever the name is', () => {
    const names = ['#n0', ':v0', 'a.b', 'a[0]', 'size', '#', '__proto__', ' '];
    const set = Object.fromEntries(names.map((name) => [name, { NULL: true }] as const));

    const { ConditionExpression, UpdateExpression, ExpressionAttributeNames } = encodeExpression('id', update(set), {
      equals: { names: [], values: [] },
      missing: names,
    });

    expect(`${UpdateExpression} ${ConditionExpression}`).toMatch(/^[\w #:=,()]+$/);
    expect(Object.values(ExpressionAttributeNames).sort()).toEqual(['id', ...names].sort());
  });
});
