import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Item, type NativeValue, NumberValue, type Transform, type TransformContext } from 'dynamodt';
import { expect, expectTypeOf, it } from 'vitest';

interface User {
  id: string;
  fullName?: string;
}

it('types the item as the author declares it, and the context', () => {
  expectTypeOf<Parameters<Transform<User>>[0]>().toEqualTypeOf<User>();
  expectTypeOf<Parameters<Transform<User>>[1]>().toEqualTypeOf<TransformContext>();
  expectTypeOf<TransformContext['documentClient']>().toEqualTypeOf<DynamoDBDocumentClient>();
  expectTypeOf<TransformContext['direction']>().toEqualTypeOf<'up' | 'down'>();
  expectTypeOf<Parameters<Transform>[0]>().toEqualTypeOf<Item>();
  expectTypeOf<Item[string]>().toEqualTypeOf<NativeValue>();
});

it('takes what a transformation may return, and nothing else', () => {
  expectTypeOf((user: User) => ({ ...user, firstName: 'a' })).toExtend<Transform<User>>();
  expectTypeOf((_: User) => undefined).toExtend<Transform<User>>();
  expectTypeOf((_: User) => {}).toExtend<Transform<User>>();
  expectTypeOf((user: User) => [user, { id: 'other' }]).toExtend<Transform<User>>();
  expectTypeOf((_: User) => []).toExtend<Transform<User>>();
  expectTypeOf(async (user: User) => user).toExtend<Transform<User>>();
  expectTypeOf((user: User) => user.id).not.toExtend<Transform<User>>();
  expectTypeOf((user: User) => user.id.length).not.toExtend<Transform<User>>();
  expectTypeOf((user: { other: number }) => user).not.toExtend<Transform<User>>();
});

it('makes numbers that JavaScript cannot hold', () => {
  const big = NumberValue.from('12345678901234567890.123456789');
  expectTypeOf(big).toExtend<NativeValue>();
  expect(String(big)).toBe('12345678901234567890.123456789');
  expect(() => NumberValue.from('1e400')).toThrow(TypeError);
});
