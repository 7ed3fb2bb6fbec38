import { describe, expect, it } from 'vitest';
import { leftHalfway } from '../../../cli/status/left-halfway.ts';
import type { StatusDocument } from '../../../cli/status/status-document.ts';

type Halfway = NonNullable<StatusDocument['halfway']>[number];

const since = '2030-01-01T00:00:00.000Z';

function up(sequence: number): Halfway {
  return { sequence, direction: 'up', run: 'u1', since };
}

function down(sequence: number): Halfway {
  return { sequence, direction: 'down', run: 'd1', since };
}

function aRun(direction: 'up' | 'down', sequences: number[], goesOnBy: string): NonNullable<StatusDocument['run']> {
  const run = direction === 'up' ? 'u1' : 'd1';
  return { run, status: 'failed', direction, dryRun: false, prepareOnly: false, sequences, execution: 'arn', startedAt: since, goesOnBy };
}

describe('the way back of versions that are half-way', () => {
  it.each<[string, Halfway[], StatusDocument['run'], string]>([
    ['one version', [up(4)], aRun('up', [4], 'dynamodt up Users'), 'dynamodt down Users'],
    ['versions that were swept together', [up(2), up(3), up(4)], aRun('up', [2, 3, 4], 'dynamodt up Users'), 'dynamodt down Users --to 1'],
    [
      'one of several that a run takes back',
      [down(3)],
      aRun('down', [5, 4, 3, 2], 'dynamodt down Users --to 1'),
      'dynamodt down Users --to 1',
    ],
    [
      'versions below one that a run takes back',
      [up(1), up(2), down(3)],
      aRun('down', [3], 'dynamodt down Users'),
      'dynamodt down Users --to 0',
    ],
    ['versions of which no run is known', [up(1), up(2)], undefined, 'dynamodt down Users --to 0'],
  ])('takes all of them back: %s', (_, halfway, run, command) => {
    expect(leftHalfway({ table: 'Users', halfway, ...(run ? { run } : {}) }).down).toBe(command);
  });

  it('does not count a version that a run is at', () => {
    expect(leftHalfway({ table: 'Users', halfway: [{ ...up(4), isUnderWay: true }] }).versions).toEqual([]);
  });
});
