import { randomBytes } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { JournalCipher } from '../../../aws/journal/journal-cipher.ts';
import { Journals, objectKey, reportKey } from '../../../aws/journal/journals.ts';
import { recordText } from '../../../aws/journal/record-text.ts';
import type { JournalObject } from '../../../core/journal/journal-port.ts';
import type { JournalRecord, ReportRecord } from '../../../core/journal/journal-record.ts';

const keyArn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const object: JournalObject = { table: 'Users', sequence: 3, run: 'r1', pass: 1, segment: 7, attempt: 2, number: 4 };
const records: JournalRecord[] = [
  {
    kind: 'change',
    item: {
      does: 'update',
      key: { id: { S: 'u1' } },
      before: { text: { S: 'plain\n"text"' }, ['__proto__']: { N: '1' }, bytes: { B: new Uint8Array([0, 1, 255]) } },
      after: { text: { L: [{ BS: [new Uint8Array([7])] }, { M: { B: { S: 'a name' } } }] } },
    },
    others: [{ does: 'insert', table: 'Orders', key: { id: { N: '1' } }, before: {}, after: { id: { N: '1' }, none: { NULL: true } } }],
  },
  { kind: 'notApplied', key: { id: { B: new Uint8Array([1]) } } },
];
const texts = records.map(recordText);

const reports: ReportRecord[] = [
  { kind: 'failed', key: { id: { B: new Uint8Array([1]) } }, name: 'InvalidValue', message: 'No.', target: { id: { S: 'u2' } } },
  { kind: 'kept', key: { id: { S: 'u3' } } },
  { kind: 'change', item: { does: 'update', key: { id: { S: 'u4' } }, before: {}, after: { bytes: { B: new Uint8Array([255]) } } } },
];

/** A bucket and a key in memory. `refuse` names the error with which the next requests are answered. */
function journalsWith() {
  const objects = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const faults: { s3?: string; kms?: string } = {};
  const dataKeys = new Map<string, Uint8Array>();
  const refusal = (name: string): Error => Object.assign(new Error('secret text'), { name });
  const s3 = new S3Client({ region: 'us-east-1' });
  s3.middlewareStack.add(
    () => async (args) => {
      if (faults.s3) throw refusal(faults.s3);
      const { Key = '', Body } = args.input as { Key?: string; Body?: Uint8Array };
      if (Body) objects.set(Key, Body);
      const found = objects.get(Key);
      if (!found) throw refusal('NoSuchKey');
      return { response: {}, output: { $metadata: {}, Body: { transformToByteArray: async () => found } } as never };
    },
    { step: 'initialize', priority: 'high' },
  );
  const kms = new KMS({ region: 'us-east-1' });
  kms.middlewareStack.add(
    (_, { commandName = '' }) =>
      async (args) => {
        asked.push(commandName);
        if (faults.kms) throw refusal(faults.kms);
        const { CiphertextBlob } = args.input as { CiphertextBlob?: Uint8Array };
        const blob = CiphertextBlob ?? randomBytes(16);
        const text = Buffer.from(blob).toString('hex');
        const plaintext = dataKeys.get(text) ?? randomBytes(32);
        dataKeys.set(text, plaintext);
        // The keyring overwrites the key after use.
        const output = { KeyId: keyArn, Plaintext: Uint8Array.from(plaintext), CiphertextBlob: blob, $metadata: {} };
        return { response: {}, output };
      },
    { step: 'initialize', priority: 'high' },
  );
  const open = (): Journals => new Journals({ s3, bucket: 'b', cipher: new JournalCipher(kms, keyArn) });
  return { objects, asked, faults, journals: open(), open };
}

describe('a journal in S3', () => {
  it('gives the records as they were written, and shows nothing of them', async () => {
    const { objects, journals } = journalsWith();

    await journals.write(object, texts);

    expect(await journals.read(object)).toEqual(records);
    expect([...objects.keys()]).toEqual(['journal/Users/000003/r1/000001/000007/000004-000002']);
    expect(Buffer.from(objects.get(objectKey(object)) ?? []).toString('latin1')).not.toMatch(/plain|u1|a name/);
  });

  it('keeps reports beside the records, as they were written', async () => {
    const { objects, journals } = journalsWith();

    await journals.write(object, texts);
    await journals.writeReport(object, reports);

    expect((await journals.readReport(object)).records).toEqual(reports);
    expect(await journals.read(object)).toEqual(records);
    expect([...objects.keys()][1]).toBe('journal/Users/000003/r1/000001/000007/report-000004-000002');
  });

  it('is damaged where a report is in its place, whose changes were never made, and so is a report where a journal is', async () => {
    const { objects, journals } = journalsWith();
    await journals.write(object, texts.slice(0, 1));
    await journals.writeReport(object, reports.slice(2));
    const [journal, report] = [objectKey(object), reportKey(object)].map((key) => objects.get(key) ?? new Uint8Array());
    objects.set(objectKey(object), report ?? new Uint8Array());
    objects.set(reportKey(object), journal ?? new Uint8Array());

    await expect(journals.read(object)).rejects.toMatchObject({ name: 'JournalDamaged' });
    await expect(journals.readReport(object)).rejects.toMatchObject({ name: 'JournalDamaged' });
  });

  it('asks KMS once for all objects of a worker, and once to read them', async () => {
    const { asked, journals, open } = journalsWith();
    const all = Array.from({ length: 30 }, (_, n) => ({ ...object, number: n + 1 }));

    for (const each of all) await journals.write(each, texts);
    const reader = open();
    for (const each of all) await reader.read(each);

    expect(asked).toEqual(['GenerateDataKeyCommand', 'DecryptCommand']);
    await journals.write({ ...object, segment: 8 }, texts);
    expect(asked.length).toBe(3);
  });

  it.each<[string, Partial<JournalObject>]>([
    ['another number of the same worker', { number: 5 }],
    ['another worker', { attempt: 3 }],
    ['another segment', { segment: 8 }],
    ['another pass', { pass: 2 }],
    ['another run', { run: 'r2' }],
    ['another version', { sequence: 2 }],
    ['another table', { table: 'Orders' }],
  ])('is damaged where an object of %s is in its place', async (_, other) => {
    const { objects, journals } = journalsWith();
    await journals.write({ ...object, ...other }, texts);
    await journals.write(object, texts);
    objects.set(objectKey(object), objects.get(objectKey({ ...object, ...other })) ?? new Uint8Array());

    await expect(journals.read(object)).rejects.toMatchObject({
      name: 'JournalDamaged',
      fields: { table: 'Users', sequence: 3, run: 'r1' },
    });
  });

  it('is damaged where a byte was changed, or the end is missing', async () => {
    const { objects, journals } = journalsWith();
    await journals.write(object, texts);
    const whole = objects.get(objectKey(object)) ?? new Uint8Array();
    for (let at = 0; at < whole.length; at += 13) {
      objects.set(
        objectKey(object),
        whole.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      await expect(journals.read(object), `byte ${at}`).rejects.toMatchObject({ name: 'JournalDamaged' });
    }
    for (const length of [0, 100, whole.length - 1]) {
      objects.set(objectKey(object), whole.slice(0, length));
      await expect(journals.read(object)).rejects.toMatchObject({ name: 'JournalDamaged' });
    }
  });

  it('is missing where an object is gone', async () => {
    await expect(journalsWith().journals.read(object)).rejects.toMatchObject({
      name: 'JournalMissing',
      message: expect.stringContaining('s3://b/journal/Users/000003/r1/000001/000007/000004-000002'),
    });
  });

  it.each([
    [{ s3: 'AccessDenied' }, 'JournalUnavailable'],
    [{ s3: 'NoSuchBucket' }, 'JournalUnavailable'],
    [{ s3: 'KMS.DisabledException' }, 'JournalUnavailable'],
    [{ kms: 'AccessDeniedException' }, 'JournalUnavailable'],
    [{ kms: 'DisabledException' }, 'JournalUnavailable'],
    [{ s3: 'SlowDown' }, 'SlowDown'],
    [{ kms: 'ThrottlingException' }, 'ThrottlingException'],
  ])('refuses to be written and read with %o as %s, without what AWS said', async (fault, name) => {
    const { faults, journals, open } = journalsWith();
    await journals.write(object, texts);
    Object.assign(faults, fault);

    for (const attempt of [() => open().write(object, texts), () => open().read(object)]) {
      const error: Error = await attempt().then(
        () => expect.fail('it was not refused'),
        (thrown) => thrown,
      );
      expect(error.name).toBe(name);
      if (name === 'JournalUnavailable') expect(error.message).not.toContain('secret text');
    }
  });
});
