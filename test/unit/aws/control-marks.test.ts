import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { LedgerControlMarks } from '../../../aws/ledger/control-marks.ts';
import { eventsIn } from '../../../aws/ledger/control-record.ts';
import { toValue } from '../../../aws/ledger/ledger-record.ts';

const ann = { by: 'user:ann', since: '2030-01-01T00:00:00.000Z' };
const bob = { by: 'user:bob', since: '2030-01-01T00:05:00.000Z' };

interface Update {
  ExpressionAttributeValues: Record<string, Parameters<typeof eventsIn>[0]>;
}

/** The marks of a run whose control has one event, and the updates that were sent. */
function marksOf(refuse: (update: Update) => Error | undefined = () => undefined) {
  const updates: Update[] = [];
  const client = new DynamoDBClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  client.middlewareStack.add(
    () => async (args) => {
      const isUpdate = 'UpdateExpression' in args.input;
      const Item = {
        ...{ fence: { N: '1' }, markNumber: { N: '1' }, writeUnits: { N: '500' } },
        events: toValue([{ kind: 'paused', at: ann.since, by: ann.by }]),
      };
      if (!isUpdate) return { output: { $metadata: {}, Item }, response: {} };
      const update = args.input as unknown as Update;
      updates.push(update);
      const refused = refuse(update);
      if (refused) throw refused;
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize' },
  );
  return { marks: new LedgerControlMarks(client, 'ledger'), updates };
}

it('adds who resumed the run, and when, to the events in the same update', async () => {
  const { marks, updates } = marksOf();
  await marks.setPause('r1', ann, undefined, bob);
  expect(updates.map((update) => eventsIn(update.ExpressionAttributeValues[':events']))).toEqual([
    [
      { kind: 'paused', at: ann.since, by: 'user:ann' },
      { kind: 'resumed', at: bob.since, by: 'user:bob' },
    ],
  ]);
});

it('adds what a budget was before it was changed', async () => {
  const { marks, updates } = marksOf();
  await marks.throttle('r1', { writeUnits: 200 }, bob);
  expect(eventsIn(updates[0]?.ExpressionAttributeValues[':events'])[1]).toEqual({
    kind: 'throttled',
    at: bob.since,
    by: 'user:bob',
    budget: { writeUnits: { from: 500, to: 200 } },
  });
});

it('sets the mark without an event if the role of an operator does not permit events', async () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const { marks, updates } = marksOf((update) => (update.ExpressionAttributeValues[':events'] ? denied : undefined));
  expect(await marks.stop('r1', { ...bob, redriveCount: 0 })).toBe(true);
  expect(updates.map((update) => update.ExpressionAttributeValues[':events'] !== undefined)).toEqual([true, false]);
});

it('does not refuse a mark because an event of a newer version cannot be read', () => {
  expect(eventsIn(toValue([{ kind: 'renamed', at: ann.since }]))).toEqual([]);
});
