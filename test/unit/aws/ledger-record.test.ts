import { expect, it } from 'vitest';
import { fromRecord, RunRecord, toRecord } from '../../../aws/ledger/ledger-record.ts';
import { RunError, type RunErrorFields, recordedError } from '../../../core/errors.ts';
import { aRun } from '../../support/run-records.ts';

const fields: Required<RunErrorFields> = {
  table: 'Users',
  tableName: 'users-prod',
  sequence: 3,
  run: 'r1',
  execution: 'arn',
  file: 'Users/v3.ts',
  parameter: 'days',
  attribute: 'email',
  service: 'DynamoDB',
  limit: 100,
  count: 101,
  regions: ['eu-west-1', 'us-east-1'],
};

it('keeps every field of the error of a run', () => {
  const error = recordedError(new RunError('ItemsFailed', '101 items failed.', { fields }));

  expect(fromRecord(RunRecord, toRecord(aRun({ status: 'failed', error }))).error).toEqual({
    name: 'ItemsFailed',
    message: '101 items failed.',
    ...fields,
  });
});

it('keeps an error without fields, as older records have it', () => {
  const error = recordedError(new RunError('Stopped', 'Stopped by ann.', { fields: { sequence: undefined } }));

  expect(fromRecord(RunRecord, toRecord(aRun({ status: 'stopped', error }))).error).toEqual({
    name: 'Stopped',
    message: 'Stopped by ann.',
  });
});
