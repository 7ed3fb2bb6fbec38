import { describe, expect, it } from 'vitest';
import { TeamFunctions } from '../../../../core/change/team-functions.ts';
import { trySample } from '../../../../core/change/trial/try-sample.ts';
import { Halted } from '../../../../core/segment/segment-gate.ts';
import { controlOf } from '../../../support/control-record.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemorySegment } from '../../../support/memory-segment.ts';
import { contextFor, load, usersShape } from '../../../support/transformations.ts';

function never(): Promise<never> {
  return new Promise(() => {});
}

describe('functions of the team', () => {
  it('give their values, at once where they are not async', async () => {
    const functions = new TeamFunctions(new FakeClock());

    expect(functions.run(() => 1)).toBe(1);
    expect(await functions.run(async () => 2)).toBe(2);
    await expect(functions.run(() => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });

  it('are given up where they do not return, and make room for others', async () => {
    const clock = new FakeClock();
    const functions = new TeamFunctions(clock);
    const outcomes = Array.from({ length: 26 }, () => Promise.resolve(functions.run(never)).catch((error: unknown) => error));
    let ran = false;
    const last = Promise.resolve(
      functions.run(async () => {
        ran = true;
      }),
    );
    await clock.advance(15_000);
    expect(ran).toBe(false);

    await clock.until(last);

    expect(clock.now).toBeLessThanOrEqual(22_000);
    expect(await outcomes[0]).toMatchObject({ name: 'TransformThrew' });
  });

  it('that take less are left alone, however many there are', async () => {
    const clock = new FakeClock();
    const functions = new TeamFunctions(clock);

    const all = Array.from({ length: 100 }, (_, n) => functions.run(() => clock.sleep(19_000).then(() => n)));

    expect(await clock.until(Promise.all(all))).toHaveLength(100);
  });

  it('are given up as soon as the worker must stop', async () => {
    const clock = new FakeClock();
    let halted = false;
    const functions = new TeamFunctions(clock, async () => {
      if (halted) throw new Halted('stopped');
    });
    const outcome = Promise.resolve(functions.run(never)).catch((error: unknown) => error);
    await clock.advance(5000);

    halted = true;
    await clock.advance(1000);

    expect(await outcome).toBeInstanceOf(Halted);
  });
});

describe('a segment with an item whose function never returns', () => {
  const users = Array.from({ length: 60 }, (_, n) => ({ id: { S: `u${n}` } }));
  const file = {
    adds: ['first'],
    transformUp: (user: { id?: unknown }) => (user.id === 'u7' ? never() : Promise.resolve({ ...user, first: 'x' })),
  };

  it('is done but for that item', async () => {
    const segment = new MemorySegment(users);

    expect(await segment.work(file)).toEqual({ more: false });

    expect(segment.checkpoint).toMatchObject({ done: true, counters: { scanned: 60, changed: 59, failed: 1 } });
    expect(segment.failures).toMatchObject([{ key: { id: { S: 'u7' } }, error: { name: 'TransformThrew' } }]);
  });

  it('is left within seconds where the run is stopped, and the item counts as not settled', async () => {
    const segment = new MemorySegment(users);
    const working = segment.start(file);
    await segment.clock.advance(5000);

    segment.control = controlOf({ marks: { stopped: { by: 'grace', since: '', redriveCount: 0 } } });
    expect(await segment.clock.until(working)).toEqual({ more: false });

    expect(segment.clock.now).toBeLessThan(15_000);
    expect(segment.checkpoint).toMatchObject({ done: false, counters: { scanned: 7, failed: 0 } });
  });
});

it('fails in a sample as in a run, and the sample is tried as many at a time', async () => {
  const clock = new FakeClock();
  const images = Array.from({ length: 60 }, (_, n) => ({ id: { S: `u${n}` } }));
  const transformation = load({ adds: ['first'], transformUp: never });

  const tried = trySample(images, [{ file: 'Users/v3.ts', transformation, context: contextFor('up') }], usersShape, {
    table: 'Users',
    clock,
  });

  expect(await clock.until(tried)).toEqual({
    failed: 60,
    inWords: expect.stringContaining('TransformThrew'),
    apart: new Set(),
  });
  expect(clock.now).toBeLessThan(70_000);
});
