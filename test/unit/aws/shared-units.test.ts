import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, vi } from 'vitest';
import { sharedUnits } from '../../../aws/ledger/follow/shared-units.ts';
import { toRecord } from '../../../aws/ledger/ledger-record.ts';

function ledger(answer: (command: UpdateItemCommand) => void) {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const sent: UpdateItemCommand['input'][] = [];
  vi.spyOn(client, 'send').mockImplementation(async (command: object) => {
    if (!(command instanceof UpdateItemCommand)) throw new TypeError('nothing else is sent');
    sent.push(command.input);
    answer(command);
    return {};
  });
  return { units: sharedUnits(client, 'ledger', { table: 'Users', kind: 'writes', container: 'c1' }), sent };
}

function refused(item: object | undefined): never {
  const Item = item && toRecord(item);
  throw new ConditionalCheckFailedException({ $metadata: {}, message: '', ...(Item ? { Item } : {}) });
}

it('gives units if nobody was faster', async () => {
  const { units, sent } = ledger(() => {});

  expect(await units.give(undefined, 1250)).toEqual({ isGiven: true, until: 1250 });
  expect(await units.give(1250, 1500)).toEqual({ isGiven: true, until: 1500 });

  expect(sent).toMatchObject([
    { Key: { pk: { S: 'follow#Users' }, sk: { S: 'units#writes' } }, ConditionExpression: 'attribute_not_exists(pk)' },
    { ConditionExpression: '#givenUntil = :read', ExpressionAttributeValues: { ':read': { N: '1250' }, ':givenUntil': { N: '1500' } } },
  ]);
});

it('tells until when others were given units, also if that is the same time', async () => {
  const { units } = ledger(() => refused({ givenUntil: 1250, to: 'c2#1', format: 1 }));

  expect(await units.give(undefined, 1250)).toEqual({ isGiven: false, until: 1250 });
});

it('knows its own units if the answer was lost and the request was sent again', async () => {
  const { units } = ledger(() => refused({ givenUntil: 1250, to: 'c1#1', format: 1 }));

  expect(await units.give(undefined, 1250)).toEqual({ isGiven: true, until: 1250 });
});

it('begins anew if the record is gone', async () => {
  const { units } = ledger(() => refused(undefined));

  expect(await units.give(1000, 1250)).toEqual({ isGiven: false, until: undefined });
});
