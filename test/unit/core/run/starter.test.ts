import { describe, expect, it } from 'vitest';
import { fromRecord, RefusedStartRecord, RunRecord, toRecord } from '../../../../aws/ledger/ledger-record.ts';
import { starterText } from '../../../../cli/status/starter-text.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { aRun } from '../../../support/run-records.ts';

const startedBy = 'arn:aws:sts::123456789012:assumed-role/Deploy/ann';

describe('who started a run, and why', () => {
  it('is in the input of transform-table, or in that of the transform-all that started it', () => {
    expect(parseRunInput({ table: 'Users', startedBy, reason: '#12' })).toMatchObject({ startedBy, reason: '#12' });
    const all = { startedBy, reason: '#12', tables: ['Users'] };
    const input = parseRunInput({ table: 'Users', all });
    expect(input).toMatchObject({ startedBy, reason: '#12' });
    expect(input).not.toHaveProperty('all');
  });

  it.each([
    ['is empty', '  '],
    ['is no text', 7],
    ['has several lines', 'a\nb'],
    ['clears the terminal', '\u001b[2J'],
    ['is too long', 'x'.repeat(501)],
  ])('is refused if the reason %s', (_, reason) => {
    for (const input of [{ reason }, { all: { reason } }])
      expect(() => parseRunInput({ table: 'Users', ...input })).toThrow(
        expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining('reason: must ') }),
      );
  });

  it('is kept by the ledger with the run, and with a refused start', () => {
    const record = toRecord(aRun({ startedBy, reason: '#12' }));
    expect(fromRecord(RunRecord, record)).toMatchObject({ startedBy, reason: '#12' });
    const refused = {
      id: 'r1',
      table: 'Users',
      direction: 'up',
      dryRun: false,
      prepareOnly: false,
      execution: 'arn',
      redriveCount: 0,
      at: '',
    };
    const error = { name: 'TableBusy', message: 'x' };
    expect(fromRecord(RefusedStartRecord, toRecord({ ...refused, error, startedBy, reason: '#12' }))).toMatchObject({
      startedBy,
      reason: '#12',
    });
  });

  it('is a line for people, or none', () => {
    expect(starterText({ startedBy, reason: '#12' })).toEqual([`started by ${startedBy}: "#12"`]);
    expect(starterText({ reason: '#12' })).toEqual(['started: "#12"']);
    expect(starterText({})).toEqual([]);
  });
});
