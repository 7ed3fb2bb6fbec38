import { describe, expect, it } from 'vitest';
import { planText } from '../../../cli/plan/plan-text.ts';
import { terminalLine } from '../../../cli/terminal/terminal-text.ts';
import type { FullRun, TablePlan } from '../../../core/plan/table-plan.ts';
import { countersWith } from '../../support/run-records.ts';

const plain = { styled: (_: string, text: string) => text };
const title = '  keys of missing items';

function planOf(missing: FullRun['missing'], changed: number): TablePlan {
  const full: FullRun = {
    run: 'r1',
    execution: 'arn:aws:states:eu-west-1:123456789012:execution:dynamodt-transform-table:Users-plan-1',
    status: 'succeeded',
    sequences: [1],
    counters: countersWith({ scanned: 300, changed }),
    failures: [],
    ...(missing ? { missing } : {}),
  };
  const empty = { problems: [], notes: [], versions: [], applied: [] };
  return { table: 'Users', tableName: 'users', ok: true, size: null, sample: null, estimate: null, full, ...empty };
}

function keysListed(plan: TablePlan, withKeys = true): string[] {
  const lines = planText(plan, plain, withKeys).map(terminalLine);
  const start = lines.indexOf(title);
  return start < 0
    ? []
    : lines.slice(
        start + 1,
        lines.findIndex((line) => line.includes('no problem found')),
      );
}

describe('keys of missing items', () => {
  it('are listed only on request', () => {
    const plan = planOf([{ id: 'u1' }, { id: 'u2', at: 7 }], 2);
    expect(keysListed(plan)).toEqual(['    {"id":"u1"}', '    {"id":"u2","at":7}']);
    expect(planText(plan, plain, false).join('\n')).not.toContain('u1');
  });

  it('are the first 20, with the number of all missing items', () => {
    const ids = Array.from({ length: 25 }, (_, index) => `u${index}`);
    const listed = keysListed(
      planOf(
        ids.map((id) => ({ id })),
        1200,
      ),
    );
    expect(listed.slice(0, -1)).toEqual(ids.slice(0, 20).map((id) => `    {"id":"${id}"}`));
    expect(listed.at(-1)).toBe('    20 of 1,200 missing items are listed');
  });

  it('reach the terminal without control characters', () => {
    const listed = keysListed(planOf([{ id: '\u001b[2J\u202e' }], 1));
    expect(listed).toEqual(['    {"id":"\\u001b[2J\\u202e"}']);
  });

  it('are not mentioned if there are none', () => {
    expect(planText(planOf([], 0), plain, true)).not.toContain(title);
    expect(planText(planOf(undefined, 0), plain, true)).not.toContain(title);
  });
});
