import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { LedgerMirror, type RecordAges } from '../../../aws/ledger/reading/ledger-mirror.ts';
import { LedgerPace } from '../../../aws/ledger/reading/ledger-pace.ts';
import { DirectRequests } from '../../../aws/ledger/reading/ledger-requests.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LedgerDouble } from '../../support/ledger-double.ts';

const ages: RecordAges = { control: 1000, saves: 2000, settled: 3000, table: 4000, holds: 5000, rest: 5000 };

let now: number;
let ledger: LedgerDouble;
let client: DynamoDBClient;
let mirror: LedgerMirror;
beforeEach(() => {
  now = 0;
  client = new DynamoDBClient({ region: 'eu-west-1' });
  ledger = new LedgerDouble(client, () => now);
  mirror = new LedgerMirror(new DirectRequests(client, 'dynamodt-ledger'), () => now);
});

const key = {
  control: { pk: 'run#r1#control', sk: 'control' },
  lock: { pk: 'table#Users', sk: 'lock' },
  hold: { pk: 'holds#Users', sk: 'hold' },
};
const saves = { pk: 'checkpoints#r1#0', prefix: 'pass#0001#' };
const versions = { pk: 'table#Users', prefix: 'version#' };
const newestRuns = { pk: 'table#Users', prefix: 'run#', newestFirst: true, limit: 20 };

describe('a mirror of the ledger', () => {
  it('reads what stands together by one request: versions and runs, a hold and its acknowledgements, a control and its claims', async () => {
    for (const sk of ['run#2', 'run#1', 'version#000001', 'version#000002', 'lock', 'part#1', 'refused#1'])
      ledger.put({ pk: 'table#Users', sk }, { sk });
    const sortKeys = (records: { sk?: { S?: string } }[]): (string | undefined)[] => records.map(({ sk }) => sk?.S);
    expect(sortKeys(await mirror.query(versions))).toEqual(['version#000001', 'version#000002']);
    expect(sortKeys(await mirror.query(newestRuns))).toEqual(['run#2', 'run#1']);
    expect(sortKeys(await mirror.query({ ...newestRuns, limit: 1 }))).toEqual(['run#2']);
    expect((await mirror.get({ pk: 'table#Users', sk: 'run#1' }))?.['sk']?.S).toBe('run#1');
    await Promise.all([mirror.get(key.hold), mirror.get({ ...key.hold, sk: 'acknowledged' }), mirror.get(key.control)]);
    await mirror.get({ ...key.control, sk: 'claims#then' });
    expect(asked()).toEqual(['query table#Users run#', 'query holds#Users ', 'query run#r1#control ']);
  });

  it('finds twenty runs behind any number of versions, and an older one by its key', async () => {
    for (let run = 0; run < 30; run++) ledger.put({ pk: 'table#Users', sk: `run#${100 + run}` }, {});
    for (let version = 0; version < 90; version++) ledger.put({ pk: 'table#Users', sk: `version#${100 + version}` }, {});
    expect(await mirror.query(newestRuns)).toHaveLength(20);
    expect(await mirror.query(versions)).toHaveLength(90);
    expect(await mirror.get({ pk: 'table#Users', sk: 'run#100' })).toBeDefined();
  });

  it('reads nothing again by itself, and by a refresh the one thing that is most overdue', async () => {
    const look = async (): Promise<void> => void (await Promise.all([mirror.get(key.control), mirror.get(key.hold), mirror.query(saves)]));
    expect(mirror.due(ages)).toBe(Number.POSITIVE_INFINITY);
    await mirror.refresh(ages);
    await look();
    expect(mirror.due(ages)).toBe(0);
    for (let second = 0; second < 20; second++) {
      now += 1000;
      await mirror.refresh(ages);
      await look();
    }
    const count = (text: string): number => asked().filter((one) => one.includes(text)).length - 1;
    expect(asked()).toHaveLength(3 + 20);
    expect(count('control')).toBeGreaterThan(count('checkpoints'));
    expect(count('checkpoints')).toBeGreaterThan(count('holds'));
    expect(count('holds')).toBeGreaterThan(0);
    expect(mirror.ageMs).toBeLessThan(10_000);
  });

  it('reads checkpoints of a settled pass once more after it was settled, after all else, and those that it never had as late', async () => {
    const look = async (): Promise<void> =>
      void (await Promise.all([
        mirror.query({ ...saves, areFinal: true }),
        mirror.query({ ...saves, pk: 'checkpoints#r1#1', areFinal: true }),
      ]));
    await mirror.query(saves);
    ledger.put({ pk: saves.pk, sk: 'pass#0001#segment#00000' }, {});
    await look();
    expect(asked()).toHaveLength(1);
    for (let second = 0; second < 20; second++) {
      now += 1000;
      await mirror.refresh(ages);
      await look();
    }
    expect(asked().slice(1)).toEqual(['query checkpoints#r1#0 pass#0001#', 'query checkpoints#r1#1 pass#0001#']);
    expect(await mirror.query({ ...saves, areFinal: true })).toHaveLength(1);
  });

  it('reads anew what a page needs that is opened late, and next what was changed', async () => {
    await mirror.get(key.hold);
    now += 30_000;
    mirror.open(20_000);
    await mirror.get(key.hold);
    mirror.open(20_000);
    await mirror.get(key.hold);
    expect(asked()).toHaveLength(2);
    mirror.outdate('holds');
    expect(mirror.due(ages)).toBe(Number.POSITIVE_INFINITY);
    await mirror.refresh(ages);
    expect(asked()).toHaveLength(3);
  });

  it('asks again for what could not be read', async () => {
    await mirror.refresh(ages);
    ledger.isBroken = true;
    await expect(mirror.get(key.lock)).rejects.toThrow('broken');
    ledger.isBroken = false;
    await expect(mirror.get(key.lock)).resolves.toBeUndefined();
    now += 10_000;
    ledger.isBroken = true;
    await expect(mirror.refresh(ages)).rejects.toThrow('broken');
    ledger.isBroken = false;
    await mirror.get(key.lock);
    await mirror.refresh(ages);
    expect(asked()).toHaveLength(2);
  });
});

describe('the pace of reading', () => {
  it('is one request a second, half of that until requests are paid that were sent ahead of their time', async () => {
    const clock = new FakeClock();
    const pace = new LedgerPace(clock);
    expect(pace.pauseMs).toBe(0);
    await pace.request();
    expect(pace.pauseMs).toBe(1000);
    clock.now += 1000;
    expect(pace.pauseMs).toBe(0);
    for (let request = 0; request < 10; request++) await pace.request();
    expect(pace.pauseMs).toBe(2000);
    clock.now += 9000;
    expect(pace.pauseMs).toBe(1000);
  });

  it('lets nobody send more than a minute ahead', async () => {
    const clock = new FakeClock();
    const pace = new LedgerPace(clock);
    let sent = 0;
    for (let request = 0; request < 100; request++) void pace.request().then(() => sent++);
    await clock.advance(0);
    expect(sent).toBe(61);
    await clock.advance(10_000);
    expect(sent).toBe(71);
  });
});

function asked(): string[] {
  return ledger.requests.map((request) => request.asked);
}
