import { describe, expect, it } from 'vitest';
import { versionProblems } from '../../../../core/plan/findings/version-findings.ts';
import { tryVersion } from '../../../../core/plan/try-version.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const people = ['Ada', 'Grace', 'Hedy', 'Joan'];
const sample = people.map((name, n) => ({ image: encodeItem({ id: `u${n}`, name, ...(n === 0 ? { nickname: name } : {}) }), weight: 1 }));

/** What `plan` prints of a version, all of it that is no item. */
async function shown(file: File, showValues = false): Promise<string> {
  const trial = await tryVersion(load(file), sample, {
    shape: usersShape,
    context: contextFor('up'),
    diffs: 0,
    showValues,
    clock: new FakeClock(),
  });
  const { failures, lines, contradiction, wayBack } = trial;
  return JSON.stringify([failures, lines, contradiction, wayBack, versionProblems(3, 'Users/v3.ts', trial)]);
}

const ofData: File = { transformUp: (item: Item) => ({ ...item, [String(item['name'])]: 1 }) };

describe('a plan', () => {
  it('hides names that a function makes from data, each of which few items have', async () => {
    const text = await shown(ofData);

    for (const name of people) expect(text).not.toContain(name);
    expect(text).toContain('and 4 that few items have');
    expect(text).toContain('its name has');
  });

  it('shows them with values', async () => {
    const text = await shown(ofData, true);

    for (const name of people) expect(text).toContain(`'${name}'`);
  });

  it.each([
    ['adds', (item: Item) => ({ ...item, first: 'x' }), `adds = ['first'];`],
    ['changes', (item: Item) => ({ ...item, name: 'x' }), `overwrites = ['name'];`],
  ])('names an attribute that a function %s in most items', async (_, transformUp, line) => {
    expect(await shown({ transformUp })).toContain(line);
  });

  it('names what the file declares, also if few items have it', async () => {
    const text = await shown({
      overwrites: ['nickname'],
      transformUp: (item: Item) => (item['nickname'] ? { ...item, nickname: Number.NaN } : item),
    });

    expect(text).toContain('nickname');
  });

  it('hides names made from data that the way back leaves', async () => {
    const down = (item: Item) => ({ ...item, [String(item['name'])]: 1 });
    const text = await shown({ adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'x' }), transformDown: down });

    for (const name of people) expect(text).not.toContain(name);
  });
});
