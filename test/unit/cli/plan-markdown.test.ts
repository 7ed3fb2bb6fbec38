import { describe, expect, it } from 'vitest';
import { planMarkdown } from '../../../cli/plan/plan-markdown.ts';
import { countOf } from '../../../core/count-of.ts';
import { itemsInTable, rangeOf } from '../../../core/plan/number-text.ts';
import type { TablePlan } from '../../../core/plan/table-plan.ts';

const empty = { versions: [], applied: [], problems: [], notes: [], size: null, sample: null, estimate: null };

function planOf(fields: Partial<TablePlan> = {}): TablePlan {
  return { table: 'Users', tableName: 'users', ok: true, ...empty, ...fields };
}

const untried = { sequence: 3, file: 'Users/v3.ts', checksum: 'c3', status: 'pending', deployed: null, seeds: 0, trial: null } as const;

describe('a plan as Markdown', () => {
  it('begins with the mark by which its comment is found again', () => {
    expect(planMarkdown([planOf()]).slice(0, 2)).toEqual(['<!-- dynamodt plan -->', '## ✅ dynamodt plan: no problem found']);
  });

  it('has problems openly and notes folded', () => {
    const problems = [{ name: 'NotRestored', message: 'Down differs.', sequence: 3 }];
    const notes = [{ name: 'Stream', message: 'It has a stream.' }];
    const text = planMarkdown([planOf({ ok: false, versions: [{ ...untried, notTried: 'it exports prepare' }], problems, notes })]).join(
      '\n',
    );

    expect(text).toContain('## ❌ dynamodt plan: 1 table has problems');
    expect(text).toContain('| v3 | `Users/v3.ts` | not tried: it exports prepare | – | – | – | – |');
    expect(text).toContain('**Problems**\n\n- v3 **NotRestored**: Down differs.');
    expect(text).toContain('<details><summary>Notes</summary>\n\n- **Stream**: It has a stream.\n\n</details>');
  });

  it('lets no name or message become markup, a row, or a mention', () => {
    const message = '</details> | [x](http://x) @everyone\n# <img>';
    const text = planMarkdown([planOf({ problems: [{ name: 'TransformThrew', message }] })]).at(-1);
    expect(text).not.toMatch(/<\/details>|\]\(|@everyone|<img>|\n/);
    expect(text).toContain('@<!-- -->everyone');
  });
});

describe('a range', () => {
  it('is where the number of the table is, in 95 of 100 samples', () => {
    expect(rangeOf(50, { sampled: 500, total: 5500 })).toBe('420–710');
    expect(rangeOf(0, { sampled: 500, total: 5500 })).toBe('0–42');
    expect(rangeOf(500, { sampled: 500, total: 5500 })).toBe('5,500');
  });

  it('is one number, and no share, if there are more than items of the sample', () => {
    expect(rangeOf(12, { sampled: 5, total: 3000 })).toBe('about 7,200');
  });

  it('says of one item that it is one', () => {
    expect(itemsInTable(1, { counters: { scanned: 9 }, estimated: { scanned: 9 } })).toBe('1 item');
    expect(itemsInTable(2, { counters: { scanned: 9 }, estimated: { scanned: 900 } })).toBe('57–490 items');
    expect([countOf(1, 'pass', 'passes'), countOf(0, 'item'), countOf(25_000, 'item')]).toEqual(['1 pass', '0 items', '25,000 items']);
  });

  it('is one number if the whole table was looked at', () => {
    expect(rangeOf(321, { sampled: 500, total: undefined })).toBe('321');
  });
});
