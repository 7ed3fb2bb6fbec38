import { describe, expect, it } from 'vitest';
import { endedDocument, pausedDocument, runningDocument } from '../../../cli/run/run-document.ts';
import { nextStepsText, runText } from '../../../cli/run/run-text.ts';
import { noCounters } from '../../../core/ledger/counters.ts';
import { anExecution, aRun, countersWith } from '../../support/run-records.ts';

const asked = { table: 'Users', direction: 'up', dryRun: false, prepareOnly: false } as const;
const counters = countersWith({ scanned: 30, changed: 20, kept: 9, differing: 1, contended: 1, readUnits: 1.5, writeUnits: 20 });
const plain = { styled: (_: string, text: string) => text };

function failedWith(error: string | undefined, cause: string | undefined, status: 'failed' | 'aborted' | 'timedOut' = 'failed') {
  return endedDocument(asked, 'arn', { execution: anExecution({ status, error, cause }), run: aRun() }, counters);
}

describe('the document of up and down', () => {
  it('has the promised shape when the run succeeded', () => {
    const execution = anExecution({ status: 'succeeded', output: '{"decision":"succeed"}' });
    expect(endedDocument(asked, 'arn', { execution, run: aRun() }, counters)).toEqual({
      table: 'Users',
      direction: 'up',
      dryRun: false,
      prepareOnly: false,
      run: 'r1',
      execution: 'arn',
      status: 'succeeded',
      sequences: [1, 2],
      counters,
    });
  });

  it('says that there was nothing to do, without a run', () => {
    const execution = anExecution({ status: 'succeeded', output: '{"decision":"nothingToDo"}' });
    const document = endedDocument(asked, 'arn', { execution, run: undefined }, noCounters());
    expect(document).toMatchObject({ status: 'nothingToDo', run: null, sequences: [] });
    expect(runText(document, plain, { milliseconds: 100 })).toEqual(['Users: nothing to do']);
  });

  it('advises the command that was given, if no run is recorded', () => {
    const execution = anExecution({ status: 'aborted', cause: 'by ann' });
    const { error } = endedDocument(asked, 'arn', { execution, run: undefined }, noCounters());
    expect(error?.message).toBe('The execution was stopped in Step Functions (by ann). The same command tries again.');
  });

  it('is paused when the run paused itself, and says what can be done next', () => {
    const by = { by: 'pauseAfter 20', since: '2030-01-01T00:00:05.000Z' };
    const ended = endedDocument(asked, 'arn', { execution: anExecution({ status: 'running' }), run: aRun() }, counters);
    const document = pausedDocument(ended, by, aRun());

    expect(document).toMatchObject({ status: 'paused', paused: { ...by, holders: [by] }, counters });
    expect(runText(document, plain)[0]).toBe('▸ Users v1, v2 up is paused by pauseAfter 20 since 2030-01-01 00:00:05 (run r1)');
    expect(nextStepsText(document)).toEqual([
      '  `dynamodt resume Users` goes on without a limit, `dynamodt resume Users --pause-after 200` takes the next step',
      '  `dynamodt down Users --to 0` takes back what it changed',
    ]);
  });

  it('is running, without what is not known yet, when detached', () => {
    expect(runningDocument(asked, 'arn')).toEqual({
      ...asked,
      run: null,
      execution: 'arn',
      status: 'running',
      sequences: [],
      counters: noCounters(),
    });
  });

  it('carries our error with its own words', () => {
    const cause = JSON.stringify({ errorType: 'ItemsFailed', errorMessage: '3 items failed.', trace: [] });
    expect(failedWith('ItemsFailed', cause)).toMatchObject({
      status: 'failed',
      error: { name: 'ItemsFailed', message: '3 items failed.' },
    });
  });

  it('says what our error is about, as the record of the run keeps it', () => {
    const recorded = { name: 'ItemsFailed', message: 'Recorded.', table: 'Users', run: 'r1', sequence: 2, limit: 0, count: 3 };
    const cause = JSON.stringify({ errorType: 'ItemsFailed', errorMessage: '3 items failed.', trace: [] });
    const ended = (error: string) =>
      endedDocument(asked, 'arn', { execution: anExecution({ status: 'failed', error, cause }), run: aRun({ error: recorded }) }, counters);

    expect(ended('ItemsFailed').error).toEqual({ ...recorded, message: '3 items failed.' });
    expect(ended('TableBusy').error).toEqual({ name: 'TableBusy', message: '3 items failed.' });
  });

  it('says what our error means if nothing else is known of it', () => {
    expect(failedWith('TableBusy', undefined).error).toEqual({ name: 'TableBusy', message: 'Another run holds the table.' });
  });

  it('is stopped where an operator stopped the run', () => {
    const cause = JSON.stringify({ errorType: 'Stopped', errorMessage: 'Stopped by ann.' });
    expect(failedWith('Stopped', cause).status).toBe('stopped');
  });

  it("names a foreign error without the function's text, which might hold item data", () => {
    const { error } = failedWith(
      'ValidationException',
      JSON.stringify({ errorType: 'ValidationException', errorMessage: 'secret@example.com' }),
    );
    expect(error?.name).toBe('ValidationException');
    expect(error?.message).not.toContain('secret');
    expect(error?.message).toContain('`dynamodt up Users` continues where the run stopped');
  });

  it.each([
    ['aborted', undefined, 'by hand', 'Aborted', 'by hand'],
    ['timedOut', undefined, undefined, 'States.Timeout', 'continues where the run stopped'],
    ['failed', 'States.ExceedToleratedFailureThreshold', 'too many failed', 'States.ExceedToleratedFailureThreshold', 'too many failed'],
  ] as const)('tells what is known of an execution that is %s with %s', (status, error, cause, name, text) => {
    const document = failedWith(error, cause, status);
    expect(document).toMatchObject({ status, error: { name } });
    expect(document.error?.message).toContain(text);
  });
});

describe('the summary of a run', () => {
  it('says in three lines what was done', () => {
    const execution = anExecution({ status: 'succeeded', output: '{"decision":"succeed"}' });
    expect(runText(endedDocument(asked, 'arn', { execution, run: aRun() }, counters), plain, { milliseconds: 3210, passes: 2 })).toEqual([
      '✓ Users v1, v2 up succeeded in 3.2s (run r1)',
      '  changed 20 · conflicts 1 · unchanged 0 · kept 9 (1 differing) · failed 0',
      '  scanned 30 in 2 passes over 2 versions · consumed 2 read and 20 write units',
    ]);
  });

  it('tells the rate where the whole run was made by this execution, what throttled it, and each version where there are several', () => {
    const execution = anExecution({ status: 'succeeded', output: '{"decision":"succeed"}' });
    const document = endedDocument(asked, 'arn', { execution, run: aRun() }, { ...counters, throttled: 1 });
    const versions = [
      { sequence: 1, passes: 2, counters: countersWith({ changed: 15, scanned: 1200, readUnits: 1, writeUnits: 15 }) },
      { sequence: 2, counters: countersWith({ changed: 5, kept: 9, scanned: 15, readUnits: 1, writeUnits: 5 }) },
    ];
    expect(runText(document, plain, { milliseconds: 3210, scanningMs: 3000, passes: 2, versions }).slice(2)).toEqual([
      '  scanned 30 in 2 passes over 2 versions, 10/s · consumed 2 read and 20 write units · 1 throttled request',
      '  version  passes  changed  unchanged  kept  scanned  read units  write units',
      '  v1            2       15          0     0    1,200           1           15',
      '  v2            –        5          0     9       15           1            5',
    ]);
  });

  it('says which versions were swept together, or why none were', () => {
    const execution = anExecution({ status: 'succeeded', output: '{"decision":"succeed"}' });
    const steps = [1, 2, 4].map((sequence) => ({
      sequence,
      checksum: '1:a',
      prepares: false,
      ...(sequence === 2 ? { joins: true as const } : {}),
    }));
    const together = endedDocument(asked, 'arn', { execution, run: aRun({ steps }) }, counters);
    expect(together).toMatchObject({ together: [[1, 2]] });
    expect(runText(together, plain, { passes: 4 })[2]).toContain('in 4 passes over 3 versions (v1, v2 swept together) ·');

    const apart = endedDocument(asked, 'arn', { execution, run: aRun({ oneByOne: 'found' }) }, counters);
    expect(apart).toMatchObject({ oneByOne: 'found' });
    expect(runText(apart, plain, { passes: 4 })[2]).toContain(
      'over 2 versions (swept one after the other, as they cannot decide on an item together) ·',
    );
  });

  it('says what a dry run would have done', () => {
    const execution = anExecution({ status: 'succeeded', output: '{"decision":"succeed"}' });
    const document = endedDocument({ ...asked, dryRun: true }, 'arn', { execution, run: aRun() }, counters);
    expect(runText(document, plain, { milliseconds: 100, passes: 1 }).join('\n')).toMatch(
      /up \(dry run\) succeeded.*\n {2}would change 20/,
    );
  });

  it('is one line where the start was refused', () => {
    const document = endedDocument(
      asked,
      'arn',
      { execution: anExecution({ status: 'failed', error: 'TableBusy' }), run: undefined },
      noCounters(),
    );
    expect(runText(document, plain, { milliseconds: 400 })).toEqual(['✗ Users up failed after 0.4s']);
  });
});

it('says of a dry run what it would consume, and in how many passes', () => {
  const execution = anExecution({ status: 'succeeded', output: '{"decision":"succeed"}' });
  const document = { ...endedDocument(asked, 'arn', { execution, run: aRun() }, counters), dryRun: true, sequences: [1] };
  expect(runText(document, plain, { passes: 1 }).at(-1)).toBe(
    '  scanned 30 in 1 pass · consumed 2 read units, would consume 20 write units',
  );
});
