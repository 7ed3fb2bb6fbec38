import { describe, expect, it } from 'vitest';
import type { DeployedService } from '../../../aws/operator/deployed-service.ts';
import type { FollowerState, Retried } from '../../../aws/operator/follower.ts';
import { Output } from '../../../cli/terminal/output.ts';
import type { Verb } from '../../../cli/verb.ts';
import { pause, resume } from '../../../cli/verbs/control.ts';
import { follow } from '../../../cli/verbs/follow.ts';
import { history } from '../../../cli/verbs/history.ts';
import { status } from '../../../cli/verbs/status.ts';
import type { FollowPicture } from '../../../core/ledger/follow.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

const lastAt = new Date().toISOString();
const picture: FollowPicture = {
  control: { table: 'Users', since: '2026-11-20T08:00:00.000Z', seenAt: lastAt, leaseMs: 6000, following: [1], notFollowed: [] },
  hours: [{ hour: lastAt.slice(0, 13), sequence: 1, changed: 3, failed: 0, lastAt }],
  versions: [{ sequence: 1, lastAt, changed: 3, samples: [{ key: { id: 'u1' }, at: lastAt }], writers: {} }],
  failed: [{ key: { id: 'u9' }, sequence: 1, error: 'TypeError', message: 'No name.', at: lastAt, tries: 2 }],
};

interface Given {
  follows?: boolean;
  isHeld?: boolean;
  retried?: Retried;
  state?: FollowerState;
  changedAt?: number;
}

/** A verb against a service that follows Users, and another table not. */
async function run(verb: Verb, table: string | undefined, options: object, given: Given = {}) {
  const {
    follows = true,
    isHeld = false,
    retried = { retried: 0, mended: 0, failed: 0 },
    state = 'on',
    changedAt = Date.parse('2026-11-20T08:00:00.000Z'),
  } = given;
  const done: string[] = [];
  const tables = {
    Users: { tableName: 'prod-users', files: [], ...(follows ? { follows: true } : {}) },
    Orders: { tableName: 'prod-orders', files: [] },
  };
  const service = {
    catalog: async () => ({ tables }),
    ledger: {
      lock: async () => (isHeld ? { run: 'r-1' } : undefined),
      versions: async () => [],
      hold: async () => undefined,
      acknowledged: async () => undefined,
      runs: async () => [],
      parts: async () => [],
      refusedStarts: async () => [],
    },
    starting: async () => undefined,
    control: async ({ action }: { action: string }) => {
      done.push(`${action} the run`);
      return { table, run: 'r-1', action };
    },
    followed: async (of: string) => {
      expect(of).toBe('Users');
      return picture;
    },
    followerCalls: async (tableName: string) => (tableName === 'prod-users' ? { state, changedAt } : undefined),
    follower: async () => ({
      set: async (_: string, tableName: string, isOn: boolean) => {
        done.push(`${isOn ? 'enable' : 'disable'} ${tableName}`);
        return 'changing';
      },
      retry: async (of: string) => {
        done.push(`retry ${of}`);
        return retried;
      },
    }),
  } as unknown as DeployedService;
  const [stdout, stderr, json] = [new MemoryStream(), new MemoryStream(), new MemoryStream()];
  const invoke = (output: Output) => verb.run({ table, options: { ...options }, service, output, config: undefined });
  const exitCode = await invoke(new Output({ stdout, stderr, json: false }));
  const actions = done.splice(0);
  await invoke(new Output({ stdout: json, stderr, json: true }));
  return { exitCode, text: stdout.text, document: JSON.parse(json.text), done: actions };
}

describe('pause and resume with --all', () => {
  it.each([
    [pause, 'disable prod-users', 'Following of Users pauses'],
    [resume, 'enable prod-users', 'Following of Users goes on'],
  ] as const)('are about following, also if no run holds the table', async (verb, expected, message) => {
    const { done, text, document } = await run(verb, 'Users', { all: true });
    expect(done).toEqual([expected]);
    expect(text).toContain(message);
    expect(document).toEqual({ table: 'Users', action: verb.name, following: 'changing' });
  });

  it('are about the run, too, if one holds the table', async () => {
    const { done, document } = await run(pause, 'Users', { all: true }, { isHeld: true });
    expect(done).toEqual(['disable prod-users', 'pause the run']);
    expect(document).toEqual({ table: 'Users', action: 'pause', run: 'r-1', following: 'changing' });
  });

  it('leave following alone without it', async () => {
    expect((await run(pause, 'Users', {}, { isHeld: true })).done).toEqual(['pause the run']);
  });

  it('are refused for a table that is not followed, and pause nothing', async () => {
    await expect(run(pause, 'Users', { all: true }, { follows: false, isHeld: true })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('does not follow Users'),
    });
  });
});

describe('follow', () => {
  it('shows followed tables only, without keys', async () => {
    const { exitCode, text, document } = await run(follow, undefined, {});
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^Users\n {2}following since 2026-11-20 08:00:00.*: v1\n/);
    expect(text).not.toMatch(/u1|u9|Orders/);
    expect(document).toMatchObject([
      { table: 'Users', follow: { state: 'on', following: [1], versions: [{ sequence: 1, lastDay: 3 }], failed: 1 } },
    ]);
    expect(JSON.stringify(document)).not.toMatch(/u1|u9/);
  });

  it('says since when it follows without a break', async () => {
    const { text, document } = await run(follow, 'Users', {}, { changedAt: Date.parse('2026-11-25T09:00:00.000Z') });
    expect(text).toContain('following since 2026-11-25 09:00:00');
    expect(document).toMatchObject({ follow: { since: '2026-11-20T08:00:00.000Z', changedAt: '2026-11-25T09:00:00.000Z' } });
  });

  it('shows keys if they are asked for', async () => {
    const { text, document } = await run(follow, 'Users', { failures: true });
    expect(text).toMatch(/u1[\s\S]*u9/);
    expect(document).toMatchObject({ table: 'Users', follow: { failures: [{ key: { id: 'u9' } }] } });
  });

  it('says if the service follows nothing, and refuses a table that it does not follow', async () => {
    expect((await run(follow, undefined, {}, { follows: false })).text).toBe('The deployed service follows no table.\n');
    await expect(run(follow, 'Orders', {})).rejects.toMatchObject({ name: 'InvalidInput' });
    await expect(run(follow, 'Orders', { retry: true })).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it.each([
    [{ retried: 0, mended: 0, failed: 0 }, 0, 'No item of Users waits to be tried again.'],
    [{ retried: 3, mended: 3, failed: 0 }, 0, 'Users: 3 tried again, 3 brought up or as they should be, 0 failed again.'],
    [{ retried: 3, mended: 1, failed: 2 }, 1, 'Users: 3 tried again, 1 brought up or as they should be, 2 failed again.'],
  ])('tries failed items again: %o ends with exit code %i', async (retried, expected, message) => {
    const { exitCode, text, document, done } = await run(follow, 'Users', { retry: true }, { retried });
    expect([exitCode, done]).toEqual([expected, ['retry Users']]);
    expect(text).toContain(message);
    expect(document).toMatchObject({ table: 'Users', ...retried });
  });
});

describe('history', () => {
  it('shows what following did for each version, without keys, and nothing for another table', async () => {
    const { document } = await run(history, undefined, { limit: 5 });
    expect(document).toMatchObject([
      { table: 'Orders' },
      {
        table: 'Users',
        follow: { since: '2026-11-20T08:00:00.000Z', seenAt: lastAt, versions: [{ sequence: 1, total: 3, failed: 1, lastAt }] },
      },
    ]);
    expect(document[0]).not.toHaveProperty('follow');
    expect(JSON.stringify(document)).not.toMatch(/u1|u9/);
  });
});

describe('status', () => {
  it('shows what is known of a followed table, and nothing of another', async () => {
    const { text, document } = await run(status, undefined, {}, { state: 'paused' });
    expect(text).toContain('following is paused; `dynamodt resume Users --all` goes on: v1');
    expect(document.map(({ table, follow: of }: { table: string; follow?: object }) => [table, of !== undefined])).toEqual([
      ['Orders', false],
      ['Users', true],
    ]);
    expect(JSON.stringify(document)).not.toMatch(/u1|u9/);
    expect((await run(status, 'Users', { failures: true })).text).toMatch(/u1[\s\S]*u9/);
  });
});
