import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { notingLookups } from '../../../../aws/lookups/noting-lookups.ts';
import { estimateLines } from '../../../../cli/plan/estimate-text.ts';
import { listPrices } from '../../../../core/ledger/limits/prices.ts';
import type { LookupSource } from '../../../../core/lookup/lookup-port.ts';
import { notingReads } from '../../../../core/lookup/noting-reads.ts';
import type { TableProfile } from '../../../../core/plan/estimate/table-profile.ts';
import { type PlanOptions, planTable } from '../../../../core/plan/plan-table.ts';
import type { PlannedTable } from '../../../../core/plan/planned-table.ts';
import type { BoundContext, Item } from '../../../../core/transformation/contract.ts';
import type { Look } from '../../../../core/transformation/look.ts';
import { insert } from '../../../../core/transformation/other-items.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryLookups } from '../../../support/memory-lookups.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const profile: TableProfile = {
  shape: usersShape,
  otherIndexes: [],
  region: 'us-east-1',
  tableClass: 'STANDARD',
  tableId: undefined,
  status: 'ACTIVE',
  items: 2000,
  bytes: 200_000,
  billing: 'onDemand',
  provisioned: undefined,
  warm: { readUnits: 12_000, writeUnits: 4000 },
  throughputs: [{ of: 'warm', readUnits: 12_000, writeUnits: 4000 }],
  stream: undefined,
  kinesisStreams: 0,
  replicaRegions: [],
  eventualRegions: [],
  isStronglyConsistent: false,
  timeToLive: undefined,
  pointInTimeRecovery: true,
};

/** Answers every read with nothing. */
const documentClient = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    requestHandler: { handle: async () => ({ response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } }) },
  }),
);

// The SDK reads its configuration files before a client's first request. The fake clock does not wait for files.
beforeAll(() => documentClient.send(new GetCommand({ TableName: usersShape.name, Key: { id: 'u1' } })));

/** Plans files over two items that stand for 2,000. */
async function plan(
  files: readonly File[],
  changed: Partial<TableProfile> = {},
  items: readonly object[] = [{ id: 'u1' }, { id: 'u2' }],
  more: Partial<PlanOptions> & { versions?: PlannedTable['versions']; isWholeTable?: boolean } = {},
) {
  const { versions = [], isWholeTable = false, ...options } = more;
  const lookedUp = new Set<number>();
  const clock = new FakeClock();
  const memory = new MemoryLookups().add(usersShape, items);
  const lookedForMore = new Set<number>();
  const lookupsOf = (sequence: number): LookupSource => ({
    port: notingReads(memory.port, { ofIndex: () => {}, ofMore: () => lookedForMore.add(sequence) }),
    tableNameOf: (name) => memory.tableNameOf(name),
  });
  const planned: PlannedTable = {
    table: 'Users',
    profile: { ...profile, ...changed },
    files: files.map((file, index) => {
      const name = `Users/v${index + 1}.ts`;
      const exported = { ...file, sequence: index + 1 };
      return { file: name, sequence: index + 1, checksum: 'c', transformation: load(exported, name) };
    }),
    unused: { problems: [], notes: [] },
    versions,
    catalog: undefined,
    preparations: new Map(),
    executedByPredecessor: [],
    holder: undefined,
    sample: { images: items.map(encodeItem), places: 2, isWholeTable, readUnits: 1 },
  };
  const made = planTable(planned, {
    lookupsOf,
    looksForMore: (sequence) => lookedForMore.has(sequence),
    sequence: undefined,
    diffs: 1,
    showValues: true,
    acceptLastWriterWins: false,
    clock,
    budget: undefined,
    prices: undefined,
    workerMemory: 1,
    ...options,
    looksUpItself: (sequence) => lookedUp.has(sequence),
    contextOf: (sequence) => ({
      ...contextFor('up'),
      documentClient: notingLookups(documentClient, (name) => {
        if (name === usersShape.name) lookedUp.add(sequence);
      }),
    }),
  });
  return clock.until(made);
}

describe('a plan of one version', () => {
  const file: File = { adds: ['name'], transformUp: (user: Item) => ({ ...user, name: 'x' }) };
  const version = { table: 'Users', sequence: 1, checksum: 'c', run: 'r', at: '' };

  it.each(['none', 'rolledBack', 'applying'] as const)('says that it is no gate if the version is not applied: %s', async (status) => {
    const versions = status === 'none' ? [] : [{ ...version, status }];

    const { notes, ok } = await plan([file], {}, undefined, { versions, sequence: 1 });

    expect(ok).toBe(true);
    expect(namesOf(notes, 'NotApplied')).toMatchObject([{ sequence: 1, message: expect.stringContaining('no gate') }]);
  });

  it('says nothing of that if the version is applied, or if no version is named', async () => {
    const applied = await plan([file], {}, undefined, { versions: [{ ...version, status: 'applied' }], sequence: 1 });
    const all = await plan([file]);

    expect(namesOf([...applied.notes, ...all.notes], 'NotApplied')).toEqual([]);
  });
});

describe('a version that writes the attribute by which items expire', () => {
  const day = 24 * 60 * 60;
  const now = Date.UTC(2030, 0, 1) / 1000;
  const expiring: File = {
    adds: ['expiresAt'],
    transformUp: (item: Item) => (item['at'] === undefined ? undefined : { ...item, expiresAt: item['at'] }),
  };
  const users = [now - day, now - 5 * 365 * day, now + day, (now - day) * 1000, now - 6 * 366 * day, `${now}`].map((at, n) => ({
    id: `u${n}`,
    at,
  }));

  it('counts times that are past, and values that DynamoDB ignores', async () => {
    const { notes, versions } = await plan([expiring], { timeToLive: 'expiresAt' }, [...users, { id: 'u9', expiresAt: 1 }]);

    expect(versions[0]?.trial?.expiry).toEqual({ past: { items: 2, estimated: 571 }, ignored: { items: 3, estimated: 857 } });
    expect(notes.find(({ name }) => name === 'TimeToLive')?.message).toBe(
      'It writes "expiresAt", by which DynamoDB deletes items. In 2 of 7 items (160–1,300 of the table) the new time is past, and DynamoDB deletes them within days. In 3 of 7 items (320–1,500 of the table) DynamoDB ignores the new value: it must be a number of seconds since 1970, and not more than five years past.',
    );
  });

  it('counts those of items that it inserts, in either form, and not those that an item is moved with', async () => {
    const companion = (user: Item, expiresAt: number) => ({ id: `${user['id']}-code`, expiresAt });
    const forms: File[] = [
      {
        inserts: true,
        removes: ['code'],
        transformUp: ({ code, ...user }: Item) => (code ? [user, companion(user, now - day)] : undefined),
      },
      {
        inserts: { onExisting: 'keep' },
        transformUp: (user: Item) => (user['code'] ? [user, insert(companion(user, now - day))] : undefined),
      },
    ];
    for (const file of forms) {
      const { notes, versions } = await plan([file], { timeToLive: 'expiresAt' }, [{ id: 'u1', code: true }, { id: 'u2' }]);
      expect(versions[0]?.trial?.expiry).toMatchObject({ past: { items: 1 }, ignored: { items: 0 } });
      expect(notes.map(({ name }) => name)).toContain('TimeToLive');
    }
    const moving: File = {
      inserts: true,
      deletes: true,
      transformUp: (user: Item) => (String(user['id']).startsWith('new') ? undefined : [{ ...user, id: `new-${user['id']}` }]),
    };
    const moved = await plan([moving], { timeToLive: 'expiresAt' }, [{ id: 'u1', expiresAt: now - day }]);
    expect(moved.versions[0]?.trial?.expiry).toBeUndefined();
  });

  it('says so if no new time is past, and counts nothing if the table has no time to live', async () => {
    const { notes, versions } = await plan([expiring], { timeToLive: 'expiresAt' }, users.slice(2, 3));
    expect(versions[0]?.trial?.expiry).toMatchObject({ past: { items: 0 }, ignored: { items: 0 } });
    expect(notes.find(({ name }) => name === 'TimeToLive')?.message).toContain('No new time in the sample is past.');

    const without = await plan([expiring], {}, users);
    expect(without.versions[0]?.trial?.expiry).toBeUndefined();
    expect(without.notes.map(({ name }) => name)).not.toContain('TimeToLive');
  });
});

it('a version that inserts into a table which it does not declare has this one problem', async () => {
  const inserting: File = {
    transformUp: (user: Item) => [user, insert({ pk: 'EMAIL#1' }, { table: 'Emails' })],
  };

  const { versions } = await plan([inserting]);

  expect(versions[0]?.trial?.failures).toMatchObject([{ name: 'UndeclaredChange' }]);
});

describe('a version that looks things up', () => {
  it('sees the items of its table as the pending versions before it will make them', async () => {
    const first: File = { adds: ['a'], transformUp: (item: Item) => ({ ...item, a: `${String(item['id'])}!` }) };
    const second: File = {
      adds: ['b'],
      transformUp: async (item: Item, { look }: { look: Look }) => ({ ...item, b: (await look.self.get({ id: 'u2' }))?.['a'] ?? 'none' }),
    };
    const third: File = {
      adds: ['c'],
      transformUp: async (item: Item, { look }: { look: Look }) => ({ ...item, c: (await look.self.get({ id: 'u1' }))?.['b'] ?? 'none' }),
    };

    const { ok, versions, notes } = await plan([first, second, third]);

    expect(ok).toBe(true);
    expect(namesOf(notes, 'LookupsUnseen')).toEqual([]);
    expect(versions.map(({ trial }) => trial?.counters.changed)).toEqual([2, 2, 2]);
    expect(versions[2]?.trial?.failures).toEqual([]);
    expect(JSON.stringify(versions[2]?.trial?.diffs)).toContain('u2!');
  });

  it.each([
    [
      'an insert',
      {
        inserts: { onExisting: 'fail' },
        transformUp: (user: Item) =>
          user['of'] === undefined ? [user, insert({ id: `EMAIL#${String(user['id'])}`, of: String(user['id']) })] : undefined,
      },
    ],
    ['an item of an array', { inserts: true, adds: ['has'], transformUp: withEmail }],
    [
      'a seed',
      {
        transformUp: () => undefined,
        seed: [
          { id: 'EMAIL#u1', of: 'u1' },
          { id: 'EMAIL#u2', of: 'u2' },
        ],
      },
    ],
  ] satisfies [string, File][])(
    'sees what a pending version before it inserts for the sampled items, as those in between make it: %s',
    async (_, inserting) => {
      const between: File = {
        adds: ['owner'],
        transformUp: (item: Item) => (String(item['id']).startsWith('EMAIL#') ? { ...item, owner: `${String(item['of'])}!` } : undefined),
      };
      const asking: File = {
        adds: ['email'],
        transformUp: async (item: Item, { look }: { look: Look }) => {
          if (String(item['id']).startsWith('EMAIL#')) return undefined;
          const [[queried], got] = await Promise.all([
            look.self.query({ id: `EMAIL#${String(item['id'])}` }),
            look.self.get({ id: `EMAIL#${String(item['id'])}` }),
          ]);
          return { ...item, email: `${String(queried?.['owner'])} ${String(got?.['owner'])}` };
        },
      };

      const { versions, notes } = await plan([inserting, between, asking], {}, [{ id: 'u1' }, { id: 'u2' }]);

      expect(versions[2]?.trial?.failures).toEqual([]);
      expect(JSON.stringify(versions[2]?.trial?.diffs)).toContain('u1! u1!');
      // What it inserts for other items is not known.
      expect(namesOf(notes, 'LookupsUnseen')).toMatchObject([{ sequence: 3, message: expect.stringContaining('for the sampled items') }]);

      const ofAll = await plan([inserting, between, asking], {}, [{ id: 'u1' }, { id: 'u2' }], { isWholeTable: true });
      expect(namesOf(ofAll.notes, 'LookupsUnseen')).toEqual([]);
    },
  );

  it('sees items that a pending version before it is not about as they are', async () => {
    const some: File = { only: { partitions: ['u1'] }, adds: ['a'], transformUp: (item: Item) => ({ ...item, a: 1 }) };
    const asking: File = {
      adds: ['b'],
      transformUp: async (item: Item, { look }: { look: Look }) => {
        const [one, two] = await Promise.all([look.self.get({ id: 'u1' }), look.self.get({ id: 'u2' })]);
        return { ...item, b: `${String(one?.['a'])} ${String(two?.['a'])}` };
      },
    };

    const { versions } = await plan([some, asking]);

    expect(versions[1]?.trial?.diffs).toMatchObject([{ attributes: [{ name: 'b', after: { value: { S: '1 undefined' } } }] }]);
  });

  it.each<[string, (look: Look) => Promise<unknown>]>([
    ['a key without an item', (look) => look.self.get({ id: 'EMAIL#1' })],
    ['a partition', (look) => look.self.query({ id: 'u1' })],
  ])('is noted if it asks for %s, and an earlier pending version may insert items', async (_, ask) => {
    const inserting: File = { inserts: true, transformUp: () => undefined };
    const adding: File = { adds: ['a'], transformUp: (item: Item) => ({ ...item, a: 1 }) };
    const asking: File = {
      adds: ['b'],
      transformUp: async (item: Item, { look }: { look: Look }) => ({ ...item, b: (await ask(look)) ? 1 : 0 }),
    };
    const found: File = {
      adds: ['b'],
      transformUp: async (item: Item, { look }: { look: Look }) => ({ ...item, b: (await look.self.get({ id: 'u1' })) ? 1 : 0 }),
    };

    expect(namesOf((await plan([inserting, adding, asking])).notes, 'LookupsUnseen')).toEqual([
      { name: 'LookupsUnseen', sequence: 3, message: expect.stringMatching(/that v1 may insert.*up to v1 first/) },
    ]);
    for (const files of [[inserting, found], [adding, asking], [asking]])
      expect(namesOf((await plan(files)).notes, 'LookupsUnseen')).toEqual([]);
  });

  it('of a table that does not exist is a problem, and the only one: neither that version nor those after it are tried', async () => {
    const file: File = {
      adds: ['a'],
      lookups: { prices: 'Prices' },
      transformUp: async (item: Item, { look }: { look: Look }) => ({ ...item, a: await look['prices']?.get({ id: 'p' }) }),
    };

    const { problems, versions } = await plan([file, { adds: ['b'], transformUp: (item: Item) => ({ ...item, b: 1 }) }]);

    expect(versions.map(({ notTried }) => notTried)).toEqual([
      'a table that it looks things up in cannot be read',
      'v1 comes before it and was not tried',
    ]);
    expect(problems).toMatchObject([
      {
        name: 'UnknownTable',
        message: expect.stringContaining('Users/v1.ts looks things up in Prices as look.prices, and there is no table "Prices"'),
        sequence: 1,
      },
    ]);
  });
});

function withEmail(user: Item): Item | Item[] | undefined {
  if (user['of'] !== undefined || user['has']) return undefined;
  return [
    { ...user, has: true },
    { id: `EMAIL#${String(user['id'])}`, of: String(user['id']) },
  ];
}

function namesOf(findings: readonly { name: string }[], name: string) {
  return findings.filter((finding) => finding.name === name);
}

describe('a version that reads its own table by documentClient', () => {
  const adds: File = { adds: ['a'], transformUp: (item: Item) => ({ ...item, a: 1 }) };
  const reading = (command: () => unknown): File => ({
    adds: ['b'],
    transformUp: async (item: Item, { documentClient: client }: BoundContext) => {
      if (!(client instanceof DynamoDBDocumentClient)) throw new Error('no client');
      const read = command();
      if (read instanceof GetCommand) await client.send(read);
      if (read instanceof QueryCommand) await client.send(read);
      if (read instanceof BatchGetCommand) await client.send(read);
      return { ...item, b: 1 };
    },
  });
  const arn = `arn:aws:dynamodb:us-east-1:123456789012:table/${usersShape.name}`;

  it.each<[string, () => unknown]>([
    ['Get', () => new GetCommand({ TableName: usersShape.name, Key: { id: 'u2' } })],
    [
      'Query by ARN',
      () => new QueryCommand({ TableName: arn, KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': 'u2' } }),
    ],
    ['BatchGet', () => new BatchGetCommand({ RequestItems: { [usersShape.name]: { Keys: [{ id: 'u2' }] } } })],
  ])('is noted if a pending version before it writes what it reads (%s)', async (_, command) => {
    const { ok, notes } = await plan([adds, reading(command)]);

    expect(ok).toBe(true);
    expect(namesOf(notes, 'LookupsUnseen')).toEqual([
      { name: 'LookupsUnseen', sequence: 2, message: expect.stringMatching(/not as v1 will make them.*up to v1 first/) },
    ]);
  });

  it('is not noted if it reads another table, is the first to change anything, or if others read', async () => {
    const other = reading(() => new GetCommand({ TableName: 'Cities', Key: { id: 'c1' } }));
    const own = reading(() => new GetCommand({ TableName: usersShape.name, Key: { id: 'u2' } }));
    const nothing: File = { transformUp: () => undefined };

    for (const files of [
      [adds, other],
      [own, adds],
      [nothing, own],
    ])
      expect(namesOf((await plan(files)).notes, 'LookupsUnseen')).toEqual([]);
  });

  it('is noted if a version before it has only seeds', async () => {
    const own = reading(() => new GetCommand({ TableName: usersShape.name, Key: { id: 'u2' } }));
    const seeding: File = { transformUp: () => undefined, seed: [{ id: 'seed' }] };

    expect(namesOf((await plan([seeding, own])).notes, 'LookupsUnseen')).toMatchObject([{ sequence: 2 }]);
  });
});

describe('a version that removes an attribute of an index key', () => {
  const shape = {
    ...usersShape,
    indexKeys: { name: 'S', city: 'S' } as const,
    indexes: [
      { name: 'byName', kind: 'global', keys: ['name', 'city'], projected: 'all' },
      { name: 'toString', kind: 'global', keys: ['city'], projected: [] },
    ] as const,
  };
  const removes: File = { removes: ['name'], transformUp: ({ name, ...item }: Item) => item, transformDown: () => undefined };

  it('says how many items leave which index, of the sample and of the table', async () => {
    const items = [
      { id: 'u1', name: 'Ada', city: 'London' },
      { id: 'u2', name: 'Alan' },
      { id: 'u3', city: 'Paris' },
    ];
    const { versions, notes } = await plan([removes], { shape, items: 3000 }, items);

    expect(versions[0]?.trial?.leftIndexes).toEqual({ byName: { items: 1, estimated: 1000 } });
    expect(namesOf(notes, 'LeavesIndex')).toEqual([
      {
        name: 'LeavesIndex',
        sequence: 1,
        message: expect.stringMatching(
          /^It takes 1 of 3 items \(180–2,400 of the table\) out of index "byName", because it removes "name"/,
        ),
      },
    ]);
  });

  it('says nothing of items that were in no index, or that stay in it', async () => {
    const changes: File = {
      overwrites: ['name'],
      transformUp: (item: Item) => ({ ...item, name: 'Grace' }),
      transformDown: () => undefined,
    };

    expect((await plan([removes], { shape }, [{ id: 'u2', name: 'Alan' }])).versions[0]?.trial?.leftIndexes).toEqual({});
    expect((await plan([changes], { shape }, [{ id: 'u1', name: 'Ada', city: 'London' }])).versions[0]?.trial?.leftIndexes).toEqual({});
  });
});

describe('what is not known', () => {
  const adds: File = { adds: ['a'], transformUp: (item: Item) => ({ ...item, a: 1 }) };

  it('are the prices of another region and table class, which are not guessed', async () => {
    const far = (await plan([adds], { region: 'eu-west-1' })).estimate;
    const infrequent = (await plan([adds], { tableClass: 'STANDARD_INFREQUENT_ACCESS' })).estimate;
    const list = (await plan([adds])).estimate;

    expect(far?.cost).toMatchObject({
      onDemand: null,
      provisioned: null,
      lambda: null,
      stepFunctions: null,
      writes: null,
      reads: null,
      rest: null,
    });
    expect(infrequent?.cost).toMatchObject({ onDemand: null, provisioned: null, lambda: expect.any(Number) });
    expect(list?.cost).toMatchObject({ onDemand: expect.any(Number), region: 'us-east-1' });
    expect(list?.cost.notKnown).toBeUndefined();
    expect(far && estimateLines(far, true).at(-1)).toBe(
      'cost not known: dynamodt has list prices only of us-east-1 and table class STANDARD, and the table is in eu-west-1. Give the prices with --prices FILE',
    );
    expect(infrequent && estimateLines(infrequent, true).at(-1)).toMatch(
      /^costs .* for the run itself \(USD, us-east-1, prices of .*\); the cost of reads and writes not known: .* of table class STANDARD_INFREQUENT_ACCESS/,
    );
    expect(list && estimateLines(list, true).at(-1)).toMatch(
      /^costs .* on demand, or .* as provisioned capacity, and .* for the run itself/,
    );
    expect(listPrices.tableClass).toBe('STANDARD');
  });

  it('are writes to indexes of other kinds, each of which is named', async () => {
    const otherIndexes = [{ name: 'byMeaning', kind: 'VectorIndexes' }];

    expect(namesOf((await plan([adds], { otherIndexes })).notes, 'IndexNotCounted')).toEqual([
      { name: 'IndexNotCounted', message: expect.stringContaining('Index "byMeaning" (VectorIndexes of DescribeTable)') },
    ]);
    expect(namesOf((await plan([{ transformUp: () => undefined }], { otherIndexes })).notes, 'IndexNotCounted')).toEqual([]);
  });
});

describe('a plan of a version that is about some items only', () => {
  const flag = (item: Item) => ({ ...item, flag: true });
  const only = { partitions: ['u7', 'u8', 'u9', 'none'] };
  const scoped: File = { adds: ['flag'], transformUp: flag, only };
  const found = async (images: readonly object[]) => ({ images: images.map(encodeItem), share: 1, isWholeTable: true, readUnits: 2 });
  const readScope = () => found([{ id: 'u7' }, { id: 'u8', flag: true }]);

  it('tries it on items of its scope, and says what it saves in units, money and time', async () => {
    const { versions, estimate, notes, ok } = await plan([scoped], { bytes: 80_000_000_000 }, undefined, { readScope });

    expect(ok).toBe(true);
    expect(versions[0]?.trial?.counters).toMatchObject({ scanned: 2, changed: 1, kept: 1 });
    expect(versions[0]?.trial?.estimated).toMatchObject({ scanned: 2, changed: 1 });
    expect(estimate).toMatchObject({ passes: 2, readUnits: 4, segments: 4 });
    expect(notes.find(({ name }) => name === 'ReadsOnly')?.message).toBe(
      'It reads 4 partitions of the table, about 2 items: about 2 read units in a pass; a scan of the table takes about 9,765,625, so that each pass saves 9,765,623 read units, 1.22 USD, 3,256 seconds at 3,000 units a second.',
    );
  });

  it('tries each version on items of its own scope, as the versions before make them', async () => {
    const seen: unknown[] = [];
    const second: File = {
      adds: ['more'],
      transformUp: (item: Item) => {
        seen.push(item);
        return { ...item, more: 1 };
      },
    };
    const third: File = {
      adds: ['last'],
      transformUp: (item: Item) => ({ ...item, last: item['flag'] ?? null }),
      only: { partitions: ['u7'] },
    };
    const { versions } = await plan([scoped, second, third], {}, undefined, {
      readScope: ({ partitions }) => found(partitions?.length === 1 ? [{ id: 'u7' }] : [{ id: 'u7' }, { id: 'u8' }]),
    });

    expect(versions.map(({ trial }) => trial?.counters.scanned)).toEqual([2, 2, 1]);
    expect(seen).toContainEqual({ id: 'u7', flag: true });
    expect(seen).toContainEqual({ id: 'u1' });
  });

  it('misses no items outside of the scope of an applied version', async () => {
    const version = { table: 'Users', sequence: 1, status: 'applied' as const, checksum: 'c', run: 'r', at: '' };
    const { applied, ok } = await plan([scoped], {}, undefined, { versions: [version], sequence: 1, readScope });

    expect(ok).toBe(false);
    expect(applied[0]).toMatchObject({ scanned: 2, missing: 1 });
    expect((await plan([scoped], {}, undefined, { versions: [version] })).applied[0]).toMatchObject({ scanned: 0, missing: 0 });
  });

  it('notes an empty list, and a way down that reads the whole table, which one by the journal does not', async () => {
    const inserting: File = { inserts: true, transformUp: () => undefined, transformDown: () => undefined, only };
    const byJournal: File = { deletes: true, transformUp: () => undefined, only };
    const { notes } = await plan([{ ...scoped, only: { partitions: [] } }, inserting, byJournal], {}, undefined, {
      readScope: () => found([]),
    });
    expect(
      notes.filter(({ name }) => ['EmptyScope', 'DownReadsTable'].includes(name)).map(({ name, sequence }) => [sequence, name]),
    ).toEqual([
      [1, 'EmptyScope'],
      [2, 'DownReadsTable'],
    ]);
  });

  it('has a problem if the partitions cannot be listed', async () => {
    const failing: File = { ...scoped, only: { partitions: () => JSON.parse('{') } };
    expect((await plan([failing], {}, undefined, { readScope })).problems).toEqual([
      { name: 'InvalidScope', sequence: 1, message: expect.stringContaining('threw SyntaxError') },
    ]);
  });
});

it('says of a table that one page holds what its run takes, and of a larger one by what DescribeTable says', async () => {
  const adds: File = { adds: ['added'], transformUp: (item: Item) => ({ ...item, added: 1 }) };

  const small = await plan([adds], { items: 2, bytes: 20 }, undefined, { isWholeTable: true });
  const seemsSmall = await plan([adds], { items: 1000, bytes: 200_000 });
  const large = await plan([adds], { items: 1001, bytes: 200_000 });
  const seemsLarge = await plan([adds], { items: 1001, bytes: 200_000 }, undefined, { isWholeTable: true });

  expect([small, seemsSmall].map(({ estimate }) => estimate)).toMatchObject(Array(2).fill({ passes: 1, segments: 1, children: 1 }));
  expect([large, seemsLarge].map(({ estimate }) => estimate)).toMatchObject(Array(2).fill({ passes: 2, segments: 8, children: 16 }));
});
