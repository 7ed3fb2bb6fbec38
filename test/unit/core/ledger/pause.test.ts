import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdersOf, type Pause, withHolder, withoutHolder } from '../../../../core/ledger/pause.ts';

const a = { by: 'alarm:A', since: '1' };
const b = { by: 'alarm:B', since: '2' };
const ann = { by: 'user:ann', since: '3' };

describe('a pause', () => {
  it('stays while an alarm holds it, when another lets go', () => {
    expect(withoutHolder(withHolder(withHolder(undefined, a), b), a.by)).toEqual({ ...b, holders: [b] });
  });

  it('is over when the last holder lets go', () => {
    expect(withoutHolder(withHolder(undefined, a), a.by)).toBeUndefined();
  });

  it('is named after a person, if one holds it, and after the first alarm otherwise', () => {
    expect(withHolder(withHolder(undefined, a), b)).toMatchObject(a);
    expect(withHolder(withHolder(withHolder(undefined, a), b), ann)).toMatchObject(ann);
  });

  it('is the same pause for who holds it already, and for who does not hold it and lets go', () => {
    const pause = withHolder(undefined, a);
    expect(withHolder(pause, { ...a, since: 'later' })).toBe(pause);
    expect(withoutHolder(pause, b.by)).toBe(pause);
  });

  it('of a ledger that knew one holder is held by that one', () => {
    expect(holdersOf(a)).toEqual([a]);
    expect(withoutHolder(a, a.by)).toBeUndefined();
    expect(withHolder(a, b)).toEqual({ ...a, holders: [a, b] });
  });

  it('is held by exactly those who paused and did not let go, whatever the order', () => {
    const step = fc.record({ by: fc.constantFrom(a.by, b.by, ann.by), pauses: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const holders = new Set<string>();
        let pause: Pause | undefined;
        for (const { by, pauses } of steps) {
          pause = pauses ? withHolder(pause, { by, since: '' }) : withoutHolder(pause, by);
          if (pauses) holders.add(by);
          else holders.delete(by);
        }
        expect(holdersOf(pause).map(({ by }) => by)).toEqual([...holders]);
        expect(pause === undefined).toBe(holders.size === 0);
      }),
    );
  });
});
