import { describe, expect, it } from 'vitest';
import type { ItemDecision } from '../../../../core/change/change.ts';
import { ItemError } from '../../../../core/errors.ts';
import { type Answer, CarefulDecider } from '../../../../core/segment/careful-decider.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';

const image = { id: { S: 'u1' } };
const decided: Answer<ItemDecision> = { kind: 'decided', decision: { outcome: 'unchanged' } };
const ended: Answer<ItemDecision> = { kind: 'ended', cause: 'it ran out of memory' };

/** The answers of processes, one after the other; each process answers until it hung or ended. */
function deciderWith(...answers: Answer<ItemDecision>[]) {
  const left = [...answers];
  const log: string[] = [];
  const open = () => {
    log.push('open');
    return {
      started: async () => {},
      decide: async () => left.shift() ?? decided,
      close: async () => void log.push('close'),
    };
  };
  return { decider: new CarefulDecider<Image, ItemDecision>(open), log };
}

describe('a careful decider', () => {
  it('decides all images in one process, as long as that answers', async () => {
    const { decider, log } = deciderWith(decided, { kind: 'failed', error: new ItemError('TooWide', 'too wide') });

    expect(await decider.decide(image, 'Users/v3.ts')).toEqual({ outcome: 'unchanged' });
    await expect(decider.decide(image, 'Users/v3.ts')).rejects.toMatchObject({ name: 'TooWide' });
    await decider.decide(image, 'Users/v3.ts');

    expect(log).toEqual(['open']);
  });

  it('fails an item whose function held its process, and decides the next in another process', async () => {
    const { decider, log } = deciderWith({ kind: 'hung', seconds: 20 });

    await expect(decider.decide(image, 'Users/v3.ts')).rejects.toMatchObject({
      name: 'TransformHung',
      message: expect.stringContaining('20 seconds'),
      place: 'Users/v3.ts',
    });
    expect(await decider.decide(image, 'Users/v3.ts')).toEqual({ outcome: 'unchanged' });
    expect(log).toEqual(['open', 'close', 'open']);
  });

  it('blames no item with which a process ended once', async () => {
    const { decider, log } = deciderWith(decided, ended);

    await decider.decide(image, 'Users/v3.ts');
    expect(await decider.decide(image, 'Users/v3.ts')).toEqual({ outcome: 'unchanged' });

    expect(log).toEqual(['open', 'close', 'open']);
  });

  it('fails an item with which two processes ended, the second of which had done nothing else', async () => {
    const { decider, log } = deciderWith(ended, ended);

    await expect(decider.decide(image, 'Users/v3.ts')).rejects.toMatchObject({
      name: 'TransformKilled',
      message: expect.stringContaining('ran out of memory'),
    });

    expect(log).toEqual(['open', 'close', 'open', 'close']);
  });
});
