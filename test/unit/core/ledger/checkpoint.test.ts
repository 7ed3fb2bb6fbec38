import { describe, expect, it } from 'vitest';
import { type Checkpoint, deathsAt, isCareful, isFinished, mayHaveZombies, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';

const assignment = { run: 'r1', pass: 2, segment: 5 };
const control = { sequence: 3, checksum: 'c1' };
const position = { id: { S: 'u7' } };
const counters = { ...noCounters(), scanned: 7, changed: 3, unchanged: 4 };

function left(fields: Partial<Checkpoint> = {}): Checkpoint {
  return {
    ...assignment,
    ...control,
    attempt: 4,
    saves: 6,
    position,
    dirty: true,
    done: false,
    signedOff: true,
    abandoned: false,
    counters,
    ...fields,
  };
}

describe('taking over a segment', () => {
  it('begins at its start where nobody had it', () => {
    expect(takeOver(assignment, control, undefined)).toEqual({
      ...assignment,
      ...control,
      attempt: 1,
      saves: 0,
      position: undefined,
      dirty: false,
      done: false,
      signedOff: false,
      abandoned: false,
      tries: { count: 1, since: 0 },
      counters: noCounters(),
    });
  });

  it('goes on from the position and the counters of the same code, as the next attempt', () => {
    expect(takeOver(assignment, control, left())).toEqual({
      ...left(),
      attempt: 5,
      saves: 0,
      signedOff: false,
      tries: { count: 1, since: 0 },
    });
  });

  it('begins anew where other code did the part before, and stays dirty', () => {
    expect(takeOver(assignment, { ...control, checksum: 'c2' }, left())).toMatchObject({
      checksum: 'c2',
      attempt: 5,
      position: undefined,
      done: false,
      dirty: true,
      counters: noCounters(),
    });
  });

  it('begins anew where the segment was done with failed items, and stays dirty', () => {
    const failed = left({ done: true, position: undefined, counters: { ...counters, failed: 1 } });

    expect(takeOver(assignment, control, failed)).toMatchObject({ position: undefined, done: false, dirty: true, counters: noCounters() });
  });

  it('keeps the failed items of a segment that is not done', () => {
    expect(takeOver(assignment, control, left({ counters: { ...counters, failed: 1 } }))).toMatchObject({
      position,
      counters: { failed: 1 },
    });
  });

  it('remembers that a worker before it did not sign off, until the pass ends', () => {
    expect(takeOver(assignment, control, left({ signedOff: false })).abandoned).toBe(true);
    expect(takeOver(assignment, control, left({ signedOff: true })).abandoned).toBe(false);
    expect(takeOver(assignment, control, left({ signedOff: true, abandoned: true })).abandoned).toBe(true);
    expect(takeOver(assignment, { ...control, checksum: 'c2' }, left({ signedOff: false })).abandoned).toBe(true);
  });
});

describe('a worker', () => {
  const died = { signedOff: false, tries: { count: 1, since: 100 } };
  const now = { name: 'w', now: 300 };

  it('counts the workers that died at its position, and is careful from the second try on', () => {
    const second = takeOver(assignment, control, left(died), now);
    const third = takeOver(assignment, control, second, now);

    expect(isCareful(left(died))).toBe(false);
    expect([second.tries, third.tries]).toEqual([
      { count: 2, since: 100 },
      { count: 3, since: 100 },
    ]);
    expect([second, third].map(isCareful)).toEqual([true, true]);
  });

  it.each([
    ['signed off', left({ ...died, signedOff: true })],
    ['got on', left({ ...died, tries: undefined })],
    ['had other code', left({ ...died, checksum: 'c0' })],
  ])('is not careful after one that %s', (_, before) => {
    const taken = takeOver(assignment, control, before, now);

    expect(taken.tries).toEqual({ count: 1, since: 300 });
    expect(isCareful(taken)).toBe(false);
  });

  it('counts those that died with an item in hand, and not those that died before they took one', () => {
    const isItem = (key: object) => key === position;
    const inHand = { key: position, attempt: 5, deaths: 0 };
    const sixth = takeOver(assignment, control, left({ ...died, attempt: 5, inHand }), now);
    const seventh = takeOver(assignment, control, sixth, now);

    expect([sixth, seventh].map((taken) => deathsAt(taken, isItem))).toEqual([1, 1]);
    expect(deathsAt(seventh, () => false)).toBe(0);
    expect(takeOver(assignment, control, left({ ...died, signedOff: true, inHand }), now).inHand).toBeUndefined();
  });
});

describe('a segment', () => {
  it('is finished where it is done and no item failed', () => {
    expect(isFinished(undefined)).toBe(false);
    expect(isFinished(left())).toBe(false);
    expect(isFinished(left({ done: true, counters: { ...counters, failed: 1 } }))).toBe(false);
    expect(isFinished(left({ done: true }))).toBe(true);
  });

  it('may have zombies until each of its workers signed off', () => {
    expect(mayHaveZombies([])).toBe(false);
    expect(mayHaveZombies([left({ signedOff: true }), left({ signedOff: true })])).toBe(false);
    expect(mayHaveZombies([left({ signedOff: true }), left({ signedOff: false })])).toBe(true);
    expect(mayHaveZombies([left({ signedOff: true, abandoned: true })])).toBe(true);
  });
});
