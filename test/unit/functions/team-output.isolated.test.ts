import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const lines: { event: string; fields: Record<string, unknown> }[] = [];
vi.mock('../../../functions/wiring/log.ts', () => ({
  log: (event: string, fields: Record<string, unknown> = {}) => lines.push({ event, fields }),
}));

const { muteConsole, tellMuted } = await import('../../../functions/wiring/muted-console.ts');
const { teamLog } = await import('../../../functions/wiring/team-log.ts');

const usual = { ...console };
const write = vi.spyOn(process.stdout, 'write');
beforeEach(() => {
  lines.length = 0;
  write.mockClear();
});
afterEach(() => {
  Object.assign(console, usual);
});

it('mutes the console of the team, and says once how often it was used', () => {
  muteConsole();
  console.log({ email: 'ada@example.com' });
  console.error('ada@example.com');
  tellMuted();
  tellMuted();

  expect(write).not.toHaveBeenCalled();
  expect(lines).toEqual([{ event: 'consoleMuted', fields: { calls: 2, instead: 'context.log' } }]);
});

it('writes a line of context.log, and leaves out fields that are large or no JSON', () => {
  const round: Record<string, unknown> = {};
  round['self'] = round;
  teamLog('looked', { items: 3 });
  teamLog('x'.repeat(300), { item: 'x'.repeat(2000) });
  teamLog('round', round);

  expect(lines).toEqual([
    { event: 'looked', fields: { items: 3 } },
    { event: 'x'.repeat(200), fields: { fieldsLeftOut: 'they have 2011 characters; the maximum is 1000' } },
    { event: 'round', fields: { fieldsLeftOut: 'they are no JSON' } },
  ]);
});
