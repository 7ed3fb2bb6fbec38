import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { Checkpoints } from '../../../aws/ledger/checkpoints.ts';
import { CheckpointRecord, fromRecord } from '../../../aws/ledger/ledger-record.ts';
import { noCounters } from '../../../core/ledger/counters.ts';
import { checkpoint } from '../../support/memory-run-ledger.ts';

it.each([{ partition: 2, position: { done: { N: '7' } } }, { position: undefined }])(
  'a checkpoint is read with the records that failed as it was written: %o',
  async (place) => {
    const client = new DynamoDBClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    let item: unknown;
    client.middlewareStack.add(
      () => async (args) => {
        item = Object.entries(args.input).find(([name]) => name === 'Item')?.[1];
        return { output: { $metadata: {} }, response: undefined };
      },
      { step: 'initialize' },
    );
    const failedAt = { ...place, counters: { ...noCounters(), scanned: 87 }, records: ['2/8', 'end/0'], isCut: true as const };
    const written = checkpoint(0, { failedAt, retries: ['1/1'] });

    await new Checkpoints(client, 'ledger', () => 0).take(written);

    expect(fromRecord(CheckpointRecord, Object(item))).toMatchObject({ failedAt, retries: ['1/1'] });
  },
);
