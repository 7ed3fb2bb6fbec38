import { describe, expect, it } from 'vitest';
import { retriedSegments } from '../../../cli/progress/retried-segments.ts';
import { statusLines } from '../../../cli/status/status-text.ts';
import { type Checkpoint, takeOver } from '../../../core/ledger/checkpoint.ts';

function left(segment: number, fields: Partial<Checkpoint> = {}): Checkpoint {
  return { ...takeOver({ run: 'r1', pass: 1, segment }, { sequence: 3, checksum: 'c3' }, undefined), ...fields };
}

const stuck = left(4, {
  attempt: 5,
  tries: { count: 3, since: Date.parse('2026-01-02T03:04:05Z') },
  inHand: { key: { id: { S: 'u7' } }, attempt: 5, deaths: 0 },
});

describe('segments that are tried again and again', () => {
  it('are those on their second try or a later one at one position, the longest first', () => {
    const later = { ...stuck, segment: 2, tries: { count: 2, since: Date.parse('2026-01-02T03:10:00Z') } };
    const others = [left(1), left(5, { tries: undefined }), { ...stuck, segment: 6, signedOff: true }];

    expect(retriedSegments([later, ...others, stuck], false)).toEqual([
      { segment: 4, attempt: 5, tries: 3, since: '2026-01-02T03:04:05.000Z' },
      { segment: 2, attempt: 5, tries: 2, since: '2026-01-02T03:10:00.000Z' },
    ]);
  });

  it('are shown with the item in hand only together with failures', () => {
    const textOf = (withKeys: boolean) =>
      statusLines([{ table: 'Users', applied: [], pending: [3], retried: retriedSegments([stuck], withKeys) }], {
        styled: (_, text) => text,
      }).join('\n');

    expect(textOf(true)).toContain(
      'segment 4 is on try 3 at one position since 2026-01-02 03:04:05, as the workers before ended there; the item in hand is {"id":"u7"}',
    );
    expect(textOf(false)).toContain('`dynamodt status Users --failures` shows the item');
    expect(textOf(false)).not.toContain('u7');
  });
});
