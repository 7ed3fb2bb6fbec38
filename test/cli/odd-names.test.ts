import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withoutQuotes } from '../../aws/unreadable-answer.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

/** Attributes, keys, and indexes named like properties that every object of JavaScript has. */

const table = uniqueName('Odd');
const count = 30;
const items: RawItem[] = Array.from({ length: count }, (_, n) => ({
  constructor: { S: `k${n}` },
  ['__proto__']: { M: { ['__proto__']: { N: String(n) }, toString: { S: 'x' } } },
  valueOf: { S: 'old' },
  hasOwnProperty: { S: `h${n}` },
  isPrototypeOf: { N: String(n) },
}));
const v1 = `export const sequence = 1;
export const adds = ['toString', 'propertyIsEnumerable'];
export const overwrites = ['valueOf', '__proto__'];
export const removes = ['hasOwnProperty'];
export const transformUp = ({ hasOwnProperty: old, ...item }) => {
  if (!Object.hasOwn(item, 'isPrototypeOf') || item.valueOf === 'new') return;
  if (item.isPrototypeOf === FAILS) throw new RangeError('x');
  const before = Object.getOwnPropertyDescriptor(item, '__proto__')?.value;
  return { ...item, toString: 'text', propertyIsEnumerable: old, valueOf: 'new', ['__proto__']: { before } };
};
export const transformDown = ({ toString: _, propertyIsEnumerable, ...item }) => {
  if (item.valueOf !== 'new') return;
  const { before } = Object.getOwnPropertyDescriptor(item, '__proto__').value;
  return { ...item, hasOwnProperty: propertyIsEnumerable, valueOf: 'old', ['__proto__']: before };
};
`;
const broken = { [`${table}/v1.js`]: v1.replace('FAILS', '7') };
const whole = { [`${table}/v1.js`]: v1.replace('FAILS', 'undefined') };
let service: Service;

beforeAll(async () => {
  service = await startService(broken);
  withoutQuotes(service.dynamodb);
  await service.dynamodb.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'constructor', KeyType: 'HASH' }],
      AttributeDefinitions: ['constructor', 'hasOwnProperty', 'valueOf'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: '__proto__',
          KeySchema: [{ AttributeName: 'hasOwnProperty', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
        { IndexName: 'toString', KeySchema: [{ AttributeName: 'valueOf', KeyType: 'HASH' }], Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    }),
  );
  await putAll(service.dynamodb, table, items);
});
afterAll(() => service?.close());

function read(): Promise<Map<string, RawItem>> {
  return readAll(service.dynamodb, table, ['constructor']);
}

it('are planned, transformed, listed as failed, and taken back like any other', async () => {
  const before = await read();
  expect(Object.hasOwn([...before.values()][0] ?? {}, '__proto__')).toBe(true);

  const planned = await runForJson(service, 'plan', table, '--transformations', service.folder);
  expect(planned).toMatchObject({ exitCode: 1, document: { problems: [{ name: 'TransformThrew' }] } });
  const [{ trial }] = planned.document.versions;
  expect(trial).toMatchObject({
    counters: { scanned: count, changed: count - 1, failed: 1 },
    wayBack: { tried: count - 1, restored: count - 1 },
  });
  expect(new Map(Object.entries(trial.indexUnits))).toEqual(
    new Map([
      ['__proto__', count - 1],
      ['toString', 2 * (count - 1)],
    ]),
  );
  expect((await runCommand(service, 'plan', table, '--transformations', service.folder)).stdout).toContain('index __proto__');

  const failed = await runForJson(service, 'up', table);
  expect(failed).toMatchObject({ exitCode: 1, document: { error: { name: 'ItemsFailed' } } });
  const status = await runForJson(service, 'status', table, '--failures');
  expect(status.document.failures).toMatchObject([{ name: 'TransformThrew', key: { constructor: 'k7' } }]);
  expect((await runCommand(service, 'status', table, '--failures')).stdout).toContain('"constructor":"k7"');

  await service.deploy(whole);
  expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0 });
  const after = await read();
  expect(after.size).toBe(count);
  for (const [key, item] of after)
    expect(new Map(Object.entries(item))).toEqual(
      new Map(
        Object.entries({
          ...without(before.get(key) ?? {}, 'hasOwnProperty'),
          toString: { S: 'text' },
          propertyIsEnumerable: before.get(key)?.['hasOwnProperty'],
          valueOf: { S: 'new' },
          ['__proto__']: { M: { before: Object.getOwnPropertyDescriptor(before.get(key) ?? {}, '__proto__')?.value } },
        }),
      ),
    );

  const history = await runCommand(service, 'history', table);
  expect(history).toMatchObject({ exitCode: 0 });
  expect(await runForJson(service, 'status', table)).toMatchObject({ exitCode: 0 });
  expect(await runForJson(service, 'plan', table, '--sequence', '1', '--transformations', service.folder)).toMatchObject({ exitCode: 0 });
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 0 });
  expect(await read()).toEqual(before);
});

it('name the key of a failed item', async () => {
  const keyed = uniqueName('OddKey');
  const keys = Object.fromEntries([
    ['constructor', 'S'],
    ['__proto__', 'N'],
  ] as const);
  await createTable(service.dynamodb, keyed, keys);
  await putAll(service.dynamodb, keyed, [{ constructor: { S: 'k' }, ['__proto__']: { N: '5' } }]);
  const fails = `export const sequence = 1; export const adds = ['a']; export const transformUp = () => { throw new RangeError('x'); };`;
  await service.deploy({ [`${keyed}/v1.js`]: fails });

  await runForJson(service, 'up', keyed, '--dry');
  const { document } = await runForJson(service, 'status', keyed, '--failures');

  expect(document.failures).toHaveLength(1);
  expect(new Map(Object.entries(document.failures[0].key))).toEqual(
    new Map<string, unknown>([
      ['constructor', 'k'],
      ['__proto__', 5],
    ]),
  );
  expect((await runCommand(service, 'status', keyed, '--failures')).stdout).toContain('{"constructor":"k","__proto__":5}');
});

function without(item: RawItem, name: string): RawItem {
  return Object.fromEntries(Object.entries(item).filter(([other]) => other !== name));
}
