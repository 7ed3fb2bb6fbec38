import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DisableKeyCommand, EnableKeyCommand, KMS } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalCipher } from '../../aws/journal/journal-cipher.ts';
import { Journals, objectKey } from '../../aws/journal/journals.ts';
import { type JournalObject, objectsOf } from '../../core/journal/journal-port.ts';
import type { ChangeRecord, ItemRecord } from '../../core/journal/journal-record.ts';
import { runCommand } from '../cli/command.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const bytes = new Uint8Array([0, 1, 255]);
const items: RawItem[] = Array.from({ length: 80 }, (_, n) => ({
  id: { S: `u${n}` },
  n: { N: String(n) },
  text: { S: `text of ${n}` },
  old: { B: bytes },
}));
/** A fourth of the items each is changed, deleted, moved, and left as it is. */
const version = `
export const sequence = 1;
export const adds = ['more'];
export const overwrites = ['text'];
export const removes = ['old'];
export const inserts = true;
export const deletes = true;
export const seed = [{ id: 'seed', text: 'of a seed', more: 0 }];
export const transformUp = (item) => {
  if (item.more !== undefined || item.n % 4 === 3) return item;
  if (item.n % 4 === 0) return [];
  const { old, ...rest } = item;
  const changed = { ...rest, text: item.text.toUpperCase(), more: item.n };
  return item.n % 4 === 1 ? changed : [{ ...changed, id: item.id + '-moved' }];
};`;

let service: Service;
let journals: Journals;
let s3: S3Client;
let kms: KMS;
let table: string;

async function keysOf(prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: `${service.name}-preparations`, Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

/** The objects that the checkpoints of a pass name. */
async function objectsIn(run: string, pass: number): Promise<JournalObject[]> {
  const checkpoints = await service.ledger.checkpoints(run, pass);
  return [...checkpoints.values()].flatMap(({ segment, sequence, journal }) => objectsOf({ table, sequence, run, pass, segment }, journal));
}

beforeAll(async () => {
  service = await startService({ 'Shared/shared.ts': '' });
  const at = { region: 'us-east-1', credentials, endpoint: service.aws.url };
  s3 = new S3Client({ ...at, forcePathStyle: true });
  kms = new KMS(at);
  const cipher = new JournalCipher(kms, keyArn());
  journals = new Journals({ s3, bucket: `${service.name}-preparations`, cipher });
  table = uniqueName('Journaled');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.deploy({ [`${table}/v1.ts`]: version });
});
afterAll(async () => {
  s3?.destroy();
  kms?.destroy();
  await service?.close();
});

function keyArn(): string {
  return `arn:aws:kms:us-east-1:000000000000:key/${service.name}-local`;
}

describe('a version that does more than add', () => {
  it('leaves of a dry run what it would change', async () => {
    expect(await service.run({ table, dryRun: true })).toMatchObject({ status: 'SUCCEEDED' });
    const [run] = await service.ledger.runs(table);

    const shown = await runCommand(service, 'changes', table, '--sequence', '1', '--run', run?.id ?? '', '--json');

    const document = JSON.parse(shown.stdout);
    expect(document).toMatchObject({ dry: true, counts: { update: 20, delete: 40, insert: 20 } });
    expect(document.changes.length).toBe(80);
    expect(await readAll(service.dynamodb, table)).toEqual(new Map(items.map((item) => [JSON.stringify(item['id']), item])));
  });

  it('changes nothing that cannot be recorded first, and has a record of each change once a redrive may record', async () => {
    await kms.send(new DisableKeyCommand({ KeyId: keyArn() }));
    const refused = await service.run({ table, totalSegments: 2 });

    expect(refused).toMatchObject({ status: 'FAILED' });
    expect(await readAll(service.dynamodb, table)).toEqual(new Map(items.map((item) => [JSON.stringify(item['id']), item])));

    await kms.send(new EnableKeyCommand({ KeyId: keyArn() }));
    const executionArn = refused.executionArn ?? '';
    await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
    expect(await service.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });

    const [version] = await service.ledger.versions(table);
    const [journal] = version?.journals ?? [];
    expect(version).toMatchObject({ status: 'applied', journals: [{ run: version?.run, firstPass: 1 }] });
    expect(version?.hasUnjournaled).toBeUndefined();
    const objects = await objectsIn(journal?.run ?? '', 1);
    const records = (await Promise.all(objects.map((object) => journals.read(object)))).flat() as ChangeRecord[];
    const before = new Map(items.map((item) => [JSON.stringify(item['id']), item]));
    const after = await readAll(service.dynamodb, table);
    expect(await keysOf(`journal/${table}/`)).toEqual(expect.arrayContaining(objects.map(objectKey)));

    const inserts = (record: ChangeRecord): readonly ItemRecord[] => record.others ?? [];
    const does = (what: ItemRecord['does']): ItemRecord[] =>
      records.flatMap((record) => [record.item, ...inserts(record)]).filter((each) => each.does === what);
    expect(records.length).toBe(61);
    expect(does('update').map(({ key, before, after }) => ({ ...key, ...before, added: Object.keys(after).sort() }))).toEqual(
      expect.arrayContaining(items.filter((_, n) => n % 4 === 1).map(({ id, text, old }) => ({ id, text, old, added: ['more', 'text'] }))),
    );
    expect(does('delete').length).toBe(40);
    for (const { key, before: image, after: rest } of does('delete'))
      expect([image, rest]).toEqual([before.get(JSON.stringify(key['id'])), {}]);
    expect(does('insert').length).toBe(21);
    for (const { key, before: nothing, after: image } of does('insert'))
      expect([nothing, image]).toEqual([{}, after.get(JSON.stringify(key['id']))]);
  });

  it('shows by `changes` what was done to each item, masked, and refuses to show part of a journal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dynamodt-changes-'));
    const to = join(folder, 'changes.jsonl');
    const changes = (...args: string[]) => runCommand(service, 'changes', table, '--sequence', '1', ...args);
    const [all, u1, none] = [
      await changes('--to', to),
      await changes('--key', '{"id":"u1"}', '--show-values'),
      await changes('--since', '2999-01-01', '--json'),
    ];

    expect(all).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('20 updated, 40 deleted, 21 inserted') });
    expect((await stat(to)).mode & 0o777).toBe(0o600);
    const text = await readFile(to, 'utf8');
    expect(text).not.toMatch(/text of|TEXT OF/);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBe(81);
    expect(lines.find(({ does }) => does === 'update')).toMatchObject({
      key: { id: { type: 'S' } },
      table,
      before: { text: { type: 'S' }, old: { type: 'B', length: 3 } },
      after: { text: { type: 'S' }, more: { type: 'N' } },
      run: expect.any(String),
      pass: 1,
      segment: expect.any(Number),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(u1.stdout.split('\n').slice(0, 4).sort()).toEqual([
      '  + more: 1',
      '  - old: {"B":"AAH/"}',
      '  ~ text: "text of 1" → "TEXT OF 1"',
      'update  id: "u1"',
    ]);
    expect(JSON.parse(none.stdout)).toMatchObject({ table, sequence: 1, isComplete: true, counts: { update: 0 }, changes: [] });

    await kms.send(new DisableKeyCommand({ KeyId: keyArn() }));
    const refused = await changes('--to', to);
    await kms.send(new EnableKeyCommand({ KeyId: keyArn() }));
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/JournalUnavailable: .*grantChanges/) });
    expect(await readFile(to, 'utf8')).toBe(text);
    await rm(folder, { recursive: true });
  });

  it('goes back by its records once the journal is whole and may be read again, as it was but for what the application wrote', async () => {
    const [version] = await service.ledger.versions(table);
    const [one, other] = await objectsIn(version?.run ?? '', 1);
    if (!one || !other) throw new Error('There are two segments with a journal.');
    const Bucket = `${service.name}-preparations`;
    const bodyOf = async (object: JournalObject): Promise<Uint8Array> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: objectKey(object) }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    };
    const put = (object: JournalObject, Body: Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key: objectKey(object), Body }));
    const [first, second] = [await bodyOf(one), await bodyOf(other)];
    const mend = async (): Promise<void> => {
      await put(one, first);
      await put(other, second);
      await kms.send(new EnableKeyCommand({ KeyId: keyArn() }));
    };
    const damages: [string, () => Promise<unknown>][] = [
      // First, as a worker keeps a data key that it was given.
      ['JournalUnavailable', () => kms.send(new DisableKeyCommand({ KeyId: keyArn() }))],
      [
        'JournalDamaged',
        () =>
          put(
            one,
            first.map((byte, index) => (index === first.length - 9 ? byte ^ 1 : byte)),
          ),
      ],
      ['JournalMissing', () => s3.send(new DeleteObjectCommand({ Bucket, Key: objectKey(one) }))],
      ['JournalDamaged', () => Promise.all([put(one, second), put(other, first)])],
    ];
    const written = { id: { S: 'u1' }, text: { S: 'of the application' } };
    await putAll(service.dynamodb, table, [written]);

    let executionArn = '';
    const redrive = async () => {
      await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
      return service.ended(executionArn);
    };
    for (const [name, damage] of damages) {
      await damage();
      const refused = executionArn === '' ? await service.run({ table, direction: 'down' }) : await redrive();
      expect(refused, `${name}: ${refused.error}`).toMatchObject({ status: 'FAILED' });
      executionArn = refused.executionArn ?? '';
      const [run] = await service.ledger.runs(table);
      const checkpoints = await service.ledger.checkpoints(run?.id ?? '', 1);
      expect(new Set([...checkpoints.values()].flatMap(({ fault }) => fault?.name ?? []))).toEqual(new Set([name]));
      const status = await runCommand(service, 'status', table);
      expect(status.stdout).toContain(name);
      await mend();
    }
    expect(await redrive()).toMatchObject({ status: 'SUCCEEDED' });

    const expected = items.map((item, n) => (n === 1 ? { ...written, old: { B: bytes } } : item));
    expect(await readAll(service.dynamodb, table)).toEqual(new Map(expected.map((item) => [JSON.stringify(item['id']), item])));
    expect((await service.ledger.versions(table))[0]).toMatchObject({ status: 'rolledBack' });
    const kept = await runCommand(service, 'changes', table, '--sequence', '1', '--failures', '--show-values');
    expect(kept.stdout.split('\n').slice(0, 2)).toEqual(['kept  id: "u1"', expect.stringMatching(/: 1 kept$/)]);
  });

  it('goes back by its records from a run that paused itself after some changes', async () => {
    await putAll(service.dynamodb, table, items.slice(1, 2));
    const before = await readAll(service.dynamodb, table);

    const up = await runCommand(service, 'up', table, '--pause-after', '10', '--json');
    expect(JSON.parse(up.stdout)).toMatchObject({ status: 'paused' });
    expect(await readAll(service.dynamodb, table)).not.toEqual(before);
    expect(await runCommand(service, 'down', table)).toMatchObject({ exitCode: 0 });

    expect(await readAll(service.dynamodb, table)).toEqual(before);
  });
});
