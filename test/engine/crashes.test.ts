import { setTimeout } from 'node:timers/promises';
import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Promises P3, P4 and P5: what survives killed, frozen and replaced workers. Leases are short, so that nobody waits for them. */

const leaseMs = 1500;

function counting(sequence: number, adds: string) {
  return `export const sequence = ${sequence};
export const adds = ['${adds}'];
export const transformUp = (item) => ({ ...item, ${adds}: item.n * ${sequence} });`;
}

function items(count: number): RawItem[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
}

function withAdded(raw: readonly RawItem[], added: Record<string, number>) {
  return new Map(
    raw.map((item) => {
      const extra = Object.entries(added).map(([name, factor]) => [name, { N: String(Number(item['n']?.N) * factor) }]);
      return [JSON.stringify(item['id']), { ...item, ...Object.fromEntries(extra) }];
    }),
  );
}

/** Tables with one version, and one with two. They are deployed together, since each deploy ends all processes of functions. */
const oneVersion = Array.from({ length: 10 }, () => uniqueName('Crash'));
const twoVersions = uniqueName('Crash');
const files = {
  ...Object.fromEntries([...oneVersion, twoVersions].map((table) => [`${table}/v1.ts`, counting(1, 'once')])),
  [`${twoVersions}/v2.ts`]: counting(2, 'twice'),
};

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(files, {
    dynamodb: proxy.url,
    maxProcesses: 4,
    environment: { DYNAMODT_LEASE_MS: String(leaseMs), DYNAMODT_CONTROL_INTERVAL_MS: '300' },
  });
});
afterEach(() => {
  proxy.before = () => {};
  proxy.after = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

async function filled(count: number, table = oneVersion.pop() ?? expect.fail('more tables are needed')) {
  await createTable(service.dynamodb, table);
  const raw = items(count);
  await putAll(service.dynamodb, table, raw);
  return { table, raw };
}

function workers() {
  return service.aws.functionProcesses().filter(({ function: name, event }) => name.endsWith('transform-segment') && event !== undefined);
}

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await setTimeout(5);
}

function stop(executionArn: string) {
  return service.sfn.send(new StopExecutionCommand({ executionArn }));
}

function writesTo(table: string, text: string) {
  return text.includes(`UPDATE \\"${table}\\"`);
}

describe('P3: a crash changes nothing but time', () => {
  it('ends in the same table when workers are killed dozens of times', async () => {
    const { table, raw } = await filled(1500, twoVersions);
    let kills = 0;
    let requests = 0;
    proxy.before = ({ text }) => {
      // Every third request of a worker's writes costs some worker its life, wherever it is just then.
      if (!text.includes(table) || ++requests % 3 !== 0 || kills >= 30) return;
      const all = workers();
      const victim = all[kills % Math.max(1, all.length)];
      if (!victim) return;
      kills++;
      process.kill(victim.pid, 'SIGKILL');
    };

    const execution = await service.run({ table, totalSegments: 12 });

    expect(execution.error).toBeUndefined();
    expect(kills).toBeGreaterThanOrEqual(24);
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, { once: 1, twice: 2 }));
    expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied' }, { status: 'applied' }]);
    // A segment whose workers die one after the other waits up to half a minute before the next.
  }, 400_000);

  it.each([
    ['the second look of a table that is one segment', 1],
    ['a second pass', 2],
  ])(
    'does not take a pass for clean whose worker died between a write and its checkpoint, but looks again: by %s',
    async (_, totalSegments) => {
      const { table, raw } = await filled(40);
      let died = false;
      proxy.after = async ({ text }) => {
        if (died || !writesTo(table, text)) return;
        died = true;
        for (const { pid } of workers()) process.kill(pid, 'SIGKILL');
      };

      const execution = await service.run({ table, totalSegments });

      expect(execution.status).toBe('SUCCEEDED');
      expect(died).toBe(true);
      expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, { once: 1 }));
      const { first, second } = await passesOf(table);
      const looksAgain = totalSegments === 1;
      expect(first).toContainEqual(expect.objectContaining({ abandoned: true, done: true, dirty: !looksAgain }));
      expect(first.some(({ isSecondLook }) => isSecondLook)).toBe(looksAgain);
      expect(second.length).toBe(looksAgain ? 0 : 2);
      for (const checkpoint of looksAgain ? first : second)
        expect(checkpoint).toMatchObject({ dirty: false, done: true, counters: { changed: 0 } });
    },
  );

  it('does not take a pass for clean whose worker died in its second look', async () => {
    const { table, raw } = await filled(40);
    let died = false;
    proxy.after = async ({ operation, body }) => {
      if (died || operation !== 'Scan' || body['TableName'] !== table || body['ConsistentRead'] !== true || body['Segment'] !== 0) return;
      died = true;
      for (const { pid } of workers()) process.kill(pid, 'SIGKILL');
    };

    const execution = await service.run({ table });

    expect(execution.status).toBe('SUCCEEDED');
    expect(died).toBe(true);
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, { once: 1 }));
    const { first, second } = await passesOf(table);
    expect(first).toMatchObject([{ dirty: true, done: true, signedOff: false }]);
    expect(second).toMatchObject([{ dirty: false, done: true, counters: { changed: 0 } }]);
  });

  it('goes on with the unfinished pass when the execution was aborted, without changing anything twice', async () => {
    const { table, raw } = await filled(600);
    const execution = await service.start({ table, totalSegments: 6, maxConcurrency: 1, writeUnits: 300 });
    await until(async () => {
      const [run] = await service.ledger.runs(table);
      return run !== undefined && [...(await service.ledger.checkpoints(run.id, 1)).values()].some(({ done }) => done);
    });
    await stop(execution);
    const [before] = await service.ledger.runs(table);
    let writes = 0;
    const missing = [...(await readAll(service.dynamodb, table)).values()].filter((item) => !item['once']).length;
    proxy.before = ({ text }) => {
      writes += text.split(`UPDATE \\"${table}\\"`).length - 1;
    };

    const again = await service.run({ table });

    expect(again.status).toBe('SUCCEEDED');
    const runs = await service.ledger.runs(table);
    expect(runs.map(({ id, status }) => ({ id, status }))).toEqual([{ id: before?.id, status: 'succeeded' }]);
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, { once: 1 }));
    expect(writes).toBeLessThanOrEqual(missing);
  });
});

describe('P5: one run per table', () => {
  it('refuses a second start and names the holder, then lets it in', async () => {
    const { table } = await filled(300);
    const first = await service.start({ table, totalSegments: 2, writeUnits: 100 });
    await until(async () => (await service.ledger.lock(table)) !== undefined);

    const second = await service.run({ table });

    expect(second).toMatchObject({ status: 'FAILED', error: 'TableBusy' });
    expect(second.errorMessage).toContain(first);
    expect((await service.ended(first)).status).toBe('SUCCEEDED');
    expect((await service.run({ table })).status).toBe('SUCCEEDED');
  });

  it('lets exactly one of two simultaneous starts run', async () => {
    const { table, raw } = await filled(200);

    const both = await Promise.all([service.run({ table, writeUnits: 100 }), service.run({ table, writeUnits: 100 })]);

    expect(both.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED']);
    expect(both.find(({ status }) => status === 'FAILED')?.error).toBe('TableBusy');
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, { once: 1 }));
  });

  it('lets a frozen worker write nothing after the table was taken over, run down, and it wakes up', async () => {
    const { table, raw } = await filled(400);
    const frozen = new Set<number>();
    let held: (() => void) | undefined;
    proxy.before = async ({ text }) => {
      // The worker is frozen while its write is held on the wire, with more of them to come.
      if (!writesTo(table, text) || frozen.size > 0) return;
      for (const { pid } of workers()) {
        process.kill(pid, 'SIGSTOP');
        frozen.add(pid);
      }
      await new Promise<void>((release) => {
        held = release;
      });
    };
    const execution = await service.start({ table, totalSegments: 1 });
    await until(() => held !== undefined);
    await stop(execution);
    held?.();

    const down = await service.run({ table, direction: 'down' });
    expect(down).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, {}));

    let writesAfterwards = 0;
    proxy.before = ({ text }) => {
      if (writesTo(table, text)) writesAfterwards++;
    };
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    await until(() => !service.aws.functionProcesses().some(({ pid, event }) => frozen.has(pid) && event !== undefined));
    expect(writesAfterwards).toBe(0);
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(raw, {}));
    expect(await service.ledger.versions(table)).toMatchObject([{ status: 'rolledBack' }]);
  });
});

/** The checkpoints of the first two passes of the table's only run. */
async function passesOf(table: string) {
  const [run] = await service.ledger.runs(table);
  const checkpointsOf = async (pass: number) => [...(await service.ledger.checkpoints(run?.id ?? '', pass)).values()];
  return { first: await checkpointsOf(1), second: await checkpointsOf(2) };
}

describe('P4: applied means done', () => {
  /** A run over a table whose application writes the old shape until it is told to stop. */
  const notConverging = async () => {
    const { table } = await filled(60);
    proxy.before = async ({ operation, body }) => {
      // Whenever the segment is read, twenty items have the old shape again. (The sample of the start reads other segments.)
      const isPass = operation === 'Scan' && body['TableName'] === table && body['TotalSegments'] === 1;
      if (isPass) await putAll(service.dynamodb, table, items(20));
    };
    const executionArn = await service.start({ table, totalSegments: 1 });
    const execution = await service.ended(executionArn);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'NotConverging' });
    expect(execution.errorMessage).toMatch(/still changed 20 items, after 20.*writes both shapes/);
    expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applying' }]);
    const writerStops = () => {
      proxy.before = () => {};
    };
    return { table, executionArn, writerStops };
  };

  it.each<[string, (executionArn: string, table: string) => Promise<{ status?: string | undefined }>]>([
    ['a new start', (_, table) => service.run({ table })],
    [
      'a redrive',
      async (executionArn) => {
        await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
        return service.ended(executionArn);
      },
    ],
  ])('ends with NotConverging while the application writes the old shape, and is mended by %s once it stops', async (_, mend) => {
    const { table, executionArn, writerStops } = await notConverging();
    writerStops();

    expect(await mend(executionArn, table)).toMatchObject({ status: 'SUCCEEDED' });

    expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied' }]);
    expect((await service.ledger.runs(table)).map(({ status }) => status)).toEqual(['succeeded']);
    expect(await readAll(service.dynamodb, table)).toEqual(withAdded(items(60), { once: 1 }));
  });

  it('fails with NotConverging again when it is redriven while the application still writes the old shape', async () => {
    const { table, executionArn, writerStops } = await notConverging();

    await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
    expect(await service.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'NotConverging' });

    expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applying' }]);
    writerStops();
  });
});
