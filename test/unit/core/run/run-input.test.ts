import { expect, it } from 'vitest';
import { listPrices } from '../../../../core/ledger/limits/prices.ts';
import { parseRunInput, refuseContradictions, refuseImpossibleName } from '../../../../core/run/run-input.ts';

it.each(['', 'a/b', '..', 'a b', '../shared'])('refuses %j, which names no table', (table) => {
  expect(() => parseRunInput({ table })).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
});

it.each(['U', 'Us', 'a'.repeat(255)])('takes %j, which may be the name of a folder', (table) => {
  expect(parseRunInput({ table }).table).toBe(table);
});

it('refuses a name of more than 255 characters', () => {
  expect(() => parseRunInput({ table: 'a'.repeat(256) })).toThrow('table: must have up to 255 characters');
});

it.each(['Us', 'a'.repeat(256), 'a b', 'Über'])('refuses the physical name %j, which DynamoDB gives no table', (tableName) => {
  expect(() => refuseImpossibleName(tableName, tableName)).toThrow(
    expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining('3 to 255') }),
  );
  expect(() => refuseImpossibleName('Users', tableName)).toThrow(/the table of Users/);
});

it.each(['abc', 'a.b-c_D9', 'a'.repeat(255)])('takes the physical name %j, also for a folder with a shorter name', (tableName) => {
  expect(() => refuseImpossibleName('U', tableName)).not.toThrow();
});

it.each([0, -1, 1.5, '100', null, Number.NaN])('refuses the limit of changes %j', (pauseAfter) => {
  expect(() => parseRunInput({ table: 'Users', pauseAfter })).toThrow(
    expect.objectContaining({
      name: 'InvalidInput',
      message: expect.stringContaining('pauseAfter: must be a whole number of items, 1 or more'),
    }),
  );
});

it.each([0, -1, '100', null, Number.NaN])('refuses the limit of money %j', (maxCost) => {
  expect(() => parseRunInput({ table: 'Users', maxCost })).toThrow(
    expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining('maxCost: must be an amount of money above 0') }),
  );
});

it.each(['dryRun', 'prepareOnly'])('refuses a limit of money with %s, which cannot be paused', (field) => {
  const input = parseRunInput({ table: 'Users', maxCost: 50, [field]: true });
  expect(() => refuseContradictions(input)).toThrow(
    expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining(`"${field}" holds none`) }),
  );
});

it('refuses prices without a limit of money, which nothing would count by', () => {
  const input = parseRunInput({ table: 'Users', prices: listPrices });
  expect(() => refuseContradictions(input)).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
});

it.each(['dryRun', 'prepareOnly'])('refuses a limit of changes with %s, which changes nothing', (field) => {
  const input = parseRunInput({ table: 'Users', pauseAfter: 100, [field]: true });
  expect(() => refuseContradictions(input)).toThrow(
    expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining(`"${field}" changes none`) }),
  );
});
