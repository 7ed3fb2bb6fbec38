import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../local/json.ts';
import { mappingSettings } from '../../../../local/streams/mapping-settings.ts';
import { type Batch, settleBatch } from '../../../../local/streams/settle-batch.ts';
import { streamRecords } from './memory-stream-source.ts';

const records = streamRecords(1, 4);
const [one, two, three, four] = records;
const batch: Batch = { records, failures: 0 };
const reporting = { StartingPosition: 'LATEST', FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 2 };
const settings = mappingSettings(reporting);
const bisecting = mappingSettings({ ...reporting, BisectBatchOnFunctionError: true });

function failing(...identifiers: Json[]): { answer: Json } {
  return { answer: { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) } };
}

describe('an answer', () => {
  it.each([null, {}, { batchItemFailures: [] }, { batchItemFailures: null }, '', 'done'])('of %j settles the batch', (answer) => {
    expect(settleBatch(batch, { answer }, settings)).toEqual({ again: [], failed: false });
  });

  it('that names failed records settles what is before the lowest of them', () => {
    expect(settleBatch({ records, failures: 2 }, failing('4', '2'), bisecting)).toEqual({
      again: [{ records: [two, three, four], failures: 0 }],
      failed: true,
    });
  });

  it('that names the first record settles nothing, and is an attempt', () => {
    expect(settleBatch(batch, failing('1'), bisecting)).toEqual({ again: [{ records, failures: 1 }], failed: true });
  });

  it.each(['', null, '5', 7])('that names %j, which is no record of the batch, means that all have failed', (identifier) => {
    expect(settleBatch(batch, failing('3', identifier), settings)).toEqual({ again: [{ records, failures: 1 }], failed: true });
  });

  it('is not looked at if the mapping does not ask for failed records', () => {
    const silent = mappingSettings({ StartingPosition: 'LATEST' });
    expect(settleBatch(batch, failing('2'), silent)).toEqual({ again: [], failed: false });
  });
});

describe('an error of the function', () => {
  const error = { error: 'TypeError' };

  it('brings both halves again, in their order, and takes no attempt, if the mapping bisects', () => {
    expect(settleBatch({ records: records.slice(0, 3), failures: 1 }, error, bisecting)).toEqual({
      again: [
        { records: [one, two], failures: 1 },
        { records: [three], failures: 1 },
      ],
      failed: true,
    });
  });

  it('gives a record up after the attempts of the settings', () => {
    let single: Batch = { records: records.slice(0, 1), failures: 0 };
    for (const failures of [1, 2]) {
      const { again } = settleBatch(single, error, bisecting);
      expect(again).toEqual([{ records: [one], failures }]);
      single = again[0] ?? single;
    }
    expect(settleBatch(single, error, bisecting)).toEqual({ again: [], discarded: { records: [one], failures: 3 }, failed: true });
  });

  it('never gives a record up without a limit', () => {
    const endless = mappingSettings({ ...reporting, MaximumRetryAttempts: -1 });
    expect(settleBatch({ records, failures: 1000 }, error, endless)).toEqual({ again: [{ records, failures: 1001 }], failed: true });
  });
});

it('brings the batch again without an attempt if the function could not be invoked', () => {
  expect(settleBatch({ records, failures: 2 }, { notInvoked: 'TooManyRequestsException' }, bisecting)).toEqual({
    again: [{ records, failures: 2 }],
    failed: true,
  });
});
