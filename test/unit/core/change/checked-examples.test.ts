import { describe, expect, it } from 'vitest';
import { checkExample, exampleFiles, loadExample } from '../../../support/example.ts';
import { sorted } from '../../../support/example-tables.ts';

/** Each transformation under examples/, with the fixtures beside it, as a team's own test checks it. */

describe.each(exampleFiles)('$file', (named) => {
  it('makes of its fixtures what they say', async () => {
    const example = await loadExample(named);
    const { after, writes = {} } = example.fixtures;

    const checked = await checkExample(example);

    expect(sorted(checked.flatMap((one) => one.after))).toEqual(sorted(after));
    const elsewhere = checked.flatMap((one) => one.elsewhere ?? []);
    for (const [table, there] of Object.entries(writes)) {
      const inserted = elsewhere.filter((one) => one.table === table).map(({ item }) => item);
      expect(sorted([...there.items, ...inserted])).toEqual(sorted(there.after));
    }
  });
});
