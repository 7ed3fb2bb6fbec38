import { describe, expect, it } from 'vitest';
import { ApplicationModel } from '../../demo/application/application-model.ts';
import { Writer } from '../../demo/application/writer.ts';
import { keyText } from '../../demo/key-of.ts';
import { pseudoRandom } from '../../demo/pseudo-random.ts';
import { splitName, user, usersApplication } from './users.ts';

/** What a writer makes of three users in as many operations, if nothing stands in its way. */
function tableAfter(operations: number, seed: number) {
  const model = new ApplicationModel();
  let serial = 0;
  const writer = new Writer(usersApplication('Users'), model, pseudoRandom(seed), () => {
    serial += 1;
    return serial;
  });
  for (const id of [0, 1, 2]) {
    const key = keyText(user(id), ['id']);
    model.found(key, user(id));
    writer.own(key);
  }
  for (let n = 0; n < operations; n += 1) writer.acknowledge(writer.plan([splitName]).write);
  return { items: model.items, deleted: model.deleted };
}

describe('a writer', () => {
  it('makes the same table from the same seed', () => {
    expect(tableAfter(500, 7)).toEqual(tableAfter(500, 7));
    expect(tableAfter(500, 7)).not.toEqual(tableAfter(500, 8));
  });

  it('never lists a key as both there and deleted', () => {
    const { items, deleted } = tableAfter(500, 7);

    expect(deleted.size).toBeGreaterThan(0);
    expect([...deleted].filter((key) => items.has(key))).toEqual([]);
  });

  it('keeps the new attributes of every item it renames, puts or inserts', () => {
    for (const { item, written } of tableAfter(500, 7).items.values()) {
      if (written.has('firstName')) expect(item).toMatchObject(splitName.of(item));
      else expect(written.has('fullName')).toBe(false);
    }
  });
});
