import { expect, it } from 'vitest';
import { planSummary } from '../../../cli/plan/plan-summary.ts';
import { planFiles } from '../../../core/plan/plan-files.ts';

const plain = { styled: (_: string, text: string) => text };

function plan(table: string, ...problems: { name: string; message: string; sequence?: number }[]) {
  return { ...planFiles(table, [], { problems: [], notes: [] }), ok: problems.length === 0, problems };
}

it('ends a plan of several tables with those that have problems, and all problems', () => {
  const lines = planSummary(
    [plan('Orders', { name: 'UndeclaredChange', message: 'It changes "a".', sequence: 2 }), plan('Users'), plan('Carts')],
    plain,
  );

  expect(lines).toEqual([
    'table   pending  result',
    'Users   none     ✓ no problem found',
    'Carts   none     ✓ no problem found',
    'Orders  none     ✗ 1 problem',
    '✗ Orders v2 UndeclaredChange: It changes "a".',
    '✗ 1 table has problems, 2 of 3 none: the exit code is 1',
  ]);
});

it('says that no problem was found only if no table has one', () => {
  expect(planSummary([plan('Users'), plan('Carts')], plain).at(-1)).toBe('✓ no problem found in 2 tables');
  expect(planSummary([plan('Users'), plan('Carts', { name: 'OutOfOrder', message: 'x' })], plain).at(-1)).toContain('✗');
});

it('does not call versions good that were not tried', () => {
  const untried = { sequence: 2, file: 'Carts/v2.ts', checksum: 'c', status: 'pending', deployed: null, seeds: 0, trial: null } as const;
  const carts = { ...plan('Carts'), versions: [{ ...untried, notTried: 'its preparation is missing' }] };

  const lines = planSummary([plan('Users'), carts], plain);

  expect(lines.slice(1)).toEqual([
    'Users  none     ✓ no problem found',
    'Carts  v2       • no problem found in what was tried; not tried: v2',
    '• no problem found in what was tried of 2 tables; not tried: Carts v2',
  ]);
});
