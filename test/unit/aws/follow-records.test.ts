import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, it, vi } from 'vitest';
import { FollowRecords } from '../../../aws/ledger/follow/follow-records.ts';
import { toRecord } from '../../../aws/ledger/ledger-record.ts';
import type { FollowedSequence } from '../../../core/ledger/follow.ts';
import { decodeImage } from '../../../core/values/attribute-value.ts';

const at = '2026-11-27T12:30:00.000Z';

function added(fields: Partial<FollowedSequence> = {}): FollowedSequence {
  return { sequence: 3, changed: 2, failed: 0, samples: [{ key: { id: { S: 'u1' } }, at }], writers: { batch: 2 }, ...fields };
}

/** A ledger that answers each transaction as told, and keeps what was sent. */
function ledger(answers: (() => void)[] = []) {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const sent: TransactWriteItemsCommand[] = [];
  vi.spyOn(client, 'send').mockImplementation(async (command: object) => {
    if (command instanceof TransactWriteItemsCommand) sent.push(command);
    answers.shift()?.();
    return {};
  });
  const putIn = (index: number) => sent[index]?.input.TransactItems?.[0]?.Put;
  return { records: new FollowRecords(client, 'ledger'), sent, putIn };
}

it('adds to the hour and to the version in one transaction, and numbers what it writes', async () => {
  const { records, sent, putIn } = ledger();

  await records.broughtUp('Users', [added()], at);
  await records.broughtUp('Users', [added({ samples: [{ key: { id: { S: 'u2' } }, at }], writers: { mobile: 1 }, changed: 1 })], at);

  expect(sent[0]?.input.TransactItems?.[1]?.Update).toMatchObject({
    Key: { pk: { S: 'follow#Users' }, sk: { S: 'hour#2026-11-27T12#000003' } },
    ExpressionAttributeValues: { ':changed': { N: '2' }, ':failed': { N: '0' } },
  });
  expect(putIn(0)).toMatchObject({ ConditionExpression: 'attribute_not_exists(pk)' });
  expect(putIn(1)).toMatchObject({
    ConditionExpression: '#number = :number',
    ExpressionAttributeValues: { ':number': { N: '1' } },
    Item: {
      number: { N: '2' },
      changed: { N: '3' },
      samples: { L: [{ M: { key: { M: { id: { S: 'u2' } } } } }, { M: { key: { M: { id: { S: 'u1' } } } } }] },
      writers: { M: { batch: { M: { changed: { N: '2' } } }, mobile: { M: { changed: { N: '1' } } } } },
    },
  });
});

it('adds to what another follower has written meanwhile', async () => {
  const theirs = toRecord({
    sequence: 3,
    number: 7,
    lastAt: at,
    changed: 40,
    samples: [],
    writers: { batch: { changed: 40, lastAt: at } },
  });
  const lost = () => {
    throw new TransactionCanceledException({
      $metadata: {},
      message: '',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: theirs }, { Code: 'None' }],
    });
  };
  const { records, putIn } = ledger([lost]);

  await records.broughtUp('Users', [added()], at);

  expect(putIn(1)?.Item).toMatchObject({
    number: { N: '8' },
    changed: { N: '42' },
    writers: { M: { batch: { M: { changed: { N: '42' } } } } },
  });
});

it('counts failures in the control after each of them is recorded, and reads back the keys as the stream gives them', async () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const key = { id: { S: 'u1' }, n: { N: '12345678901234567890.5' } };
  const updates: UpdateItemCommand['input'][] = [];
  vi.spyOn(client, 'send').mockImplementation(async (command: object) => {
    if (command instanceof UpdateItemCommand) updates.push(command.input);
    const record = { key: decodeImage(key), sequence: 3, error: 'TypeError', message: 'm', at, tries: 1 };
    return command instanceof QueryCommand ? { Items: [toRecord(record)] } : {};
  });
  const records = new FollowRecords(client, 'ledger');

  await records.failed('Users', [{ key, sequence: 3, error: 'TypeError', message: 'm', at }]);
  await records.closed('Users', 1);

  expect(updates).toMatchObject([
    { Key: { pk: { S: 'follow#Users' }, sk: { S: expect.stringMatching(/^failed#/) } } },
    {
      Key: { sk: { S: 'control' } },
      UpdateExpression: 'SET failedAt = :at ADD failures :failures',
      ExpressionAttributeValues: { ':failures': { N: '1' }, ':at': { S: at } },
    },
    { Key: { sk: { S: 'control' } }, ConditionExpression: expect.stringContaining('#failuresClosed < :failuresClosed') },
  ]);
  expect(await records.openFailures('Users')).toEqual([{ key, sequence: 3, at }]);
});

it('takes back the record of a failure only if the item has not failed again since', async () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const deletes: DeleteItemCommand['input'][] = [];
  vi.spyOn(client, 'send').mockImplementation(async (command: object) => {
    if (!(command instanceof DeleteItemCommand)) throw new TypeError('nothing else is sent');
    deletes.push(command.input);
    throw new ConditionalCheckFailedException({ $metadata: {}, message: '' });
  });

  await new FollowRecords(client, 'ledger').mended('Users', [{ key: { id: { S: 'u1' } }, sequence: 3, at }]);

  expect(deletes).toMatchObject([
    {
      Key: { sk: { S: expect.stringMatching(/^failed#/) } },
      ConditionExpression: '#at = :at',
      ExpressionAttributeValues: { ':at': { S: at } },
    },
  ]);
});

it('keeps the ten newest keys, each once, and the twenty writers that wrote last', async () => {
  const { records, putIn } = ledger();
  const samples = Array.from({ length: 12 }, (_, index) => ({ key: { id: { S: `u${index % 11}` } }, at }));
  const writers = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`w${index}`, 1]));

  await records.broughtUp('Users', [added({ samples, writers })], at);

  expect(putIn(0)?.Item?.['samples']?.L).toHaveLength(10);
  expect(Object.keys(putIn(0)?.Item?.['writers']?.M ?? {})).toHaveLength(20);
});

it('does not write the record of a version for which items only failed', async () => {
  const { records, sent } = ledger();

  await records.broughtUp('Users', [added({ changed: 0, failed: 1, samples: [], writers: {} })], at);

  expect(sent[0]?.input.TransactItems).toHaveLength(1);
});

it('says nothing over what another follower said since, and tells that', async () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const control = { table: 'Users', since: at, seenAt: at, leaseMs: 6000, following: [3], notFollowed: [] };
  const theirs = { ...control, seenAt: '2026-11-27T12:31:00.000Z', following: [] };
  const updates: UpdateItemCommand['input'][] = [];
  vi.spyOn(client, 'send').mockImplementation(async (command: object) => {
    if (command instanceof UpdateItemCommand) updates.push(command.input);
    throw new ConditionalCheckFailedException({ $metadata: {}, message: '', Item: toRecord(theirs) });
  });
  const records = new FollowRecords(client, 'ledger');

  expect(await records.say(control, undefined)).toEqual(theirs);
  expect(await records.say({ ...control, behindAt: at }, control)).toEqual(theirs);

  expect(updates).toMatchObject([
    { ConditionExpression: 'attribute_not_exists(pk)' },
    { ConditionExpression: '#seenAt = :read', ExpressionAttributeValues: { ':read': { S: at }, ':behindAt': { S: at } } },
  ]);
});

it('takes back the record of a failure in whatever order DynamoDB names the attributes of its key', async () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const keys: unknown[] = [];
  vi.spyOn(client, 'send').mockImplementation(async (command: object) => {
    if (command instanceof UpdateItemCommand || command instanceof DeleteItemCommand) keys.push(command.input.Key);
    return {};
  });
  const records = new FollowRecords(client, 'ledger');

  await records.failed('Users', [{ key: { id: { S: 'u1' }, at: { N: '7' } }, sequence: 3, error: 'TypeError', message: 'm', at }]);
  await records.mended('Users', [{ key: { at: { N: '7' }, id: { S: 'u1' } }, sequence: 3, at }]);

  const [recorded, , deleted] = keys;
  expect(deleted).toEqual(recorded);
});

it('keeps one sample of an item in whatever order DynamoDB names the attributes of its key', async () => {
  const { records, putIn } = ledger();

  await records.broughtUp('Users', [added({ samples: [{ key: { id: { S: 'u1' }, n: { N: '7' } }, at }] })], at);
  await records.broughtUp('Users', [added({ samples: [{ key: { n: { N: '7' }, id: { S: 'u1' } }, at }] })], at);

  expect(putIn(1)?.Item?.['samples']?.L).toHaveLength(1);
});
