import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Checkpoints } from '../../../aws/ledger/checkpoints.ts';
import { ItemError } from '../../../core/errors.ts';
import { checkpoint } from '../../support/memory-run-ledger.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A ledger that leaves the records of the first requests unprocessed. */
function busyLedger(busyRequests: number) {
  const client = new DynamoDBClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const sentAt: number[] = [];
  client.middlewareStack.add(
    () => async (args) => {
      sentAt.push(Date.now());
      const { RequestItems = {} } = args.input as { RequestItems?: object };
      const output = sentAt.length <= busyRequests ? { UnprocessedItems: RequestItems } : {};
      return { output: { $metadata: {}, ...output }, response: undefined };
    },
    { step: 'initialize' },
  );
  return { ledger: new Checkpoints(client, 'ledger', () => 0), sentAt };
}

const failures = [{ key: { id: { S: 'u1' } }, error: new ItemError('TransformThrew', 'It threw.') }];

it('sends records of failed items again after a growing pause while the ledger is busy', async () => {
  const { ledger, sentAt } = busyLedger(3);

  const recorded = ledger.recordFailures(checkpoint(0), failures, 20);
  await vi.runAllTimersAsync();
  await recorded;

  expect(sentAt.slice(1).map((at, index) => at - Number(sentAt[index]))).toEqual([25, 50, 100]);
});

it('gives up on a ledger that stays busy, by the name of an error that another worker may cure', async () => {
  const { ledger, sentAt } = busyLedger(Number.POSITIVE_INFINITY);

  const recorded = expect(ledger.recordFailures(checkpoint(0), failures, 20)).rejects.toMatchObject({ name: 'ThrottlingException' });
  await vi.runAllTimersAsync();
  await recorded;

  expect(sentAt).toHaveLength(20);
});
