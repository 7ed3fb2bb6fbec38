import { expect, it, vi } from 'vitest';

vi.mock('../../../functions/wiring/environment.ts', () => ({ environment: { maxHeldSeconds: 20 } }));
vi.mock('../../../functions/wiring/log.ts', () => ({ log: () => {} }));

const { openDecidingProcess } = await import('../../../functions/wiring/careful/deciding-process.ts');
const { takeMuted } = await import('../../../functions/wiring/muted-console.ts');

it('counts in the parent how often the code in a deciding process used its console', async () => {
  for (const name of ['DYNAMODT_LEDGER', 'DYNAMODT_BUCKET', 'DYNAMODT_KEY']) vi.stubEnv(name, 'unused');
  const child = openDecidingProcess<{ prints: string[] }, number>(new URL('../../support/talking-process.ts', import.meta.url).href, {});
  vi.unstubAllEnvs();
  try {
    takeMuted();
    expect(await child.decide({ prints: ['ada@example.com', 'bob@example.com'] })).toMatchObject({ kind: 'decided', decision: 2 });
    expect(takeMuted()).toBe(2);

    expect(await child.decide({ prints: [] })).toMatchObject({ kind: 'decided', decision: 0 });
    expect(takeMuted()).toBe(0);
  } finally {
    await child.close();
  }
});
