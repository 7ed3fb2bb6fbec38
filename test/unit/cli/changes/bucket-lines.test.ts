import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BucketFolder } from '../../../../aws/operator/bucket-folder.ts';
import { bucketIn, writeBucketLines } from '../../../../cli/changes/bucket-lines.ts';

const to = 's3://audit/users/v3';

class MemoryFolder implements BucketFolder {
  readonly parts = new Map<string, Uint8Array>();
  /** Number of the object that is refused. */
  refused = 0;
  refusal: object = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  #puts = 0;

  async isEmpty(): Promise<boolean> {
    return this.parts.size === 0;
  }

  async put(name: string, gzipped: Uint8Array): Promise<void> {
    if (++this.#puts === this.refused) throw Object.assign(new Error('secret text'), this.refusal);
    this.parts.set(name, gzipped);
  }
}

function lines(count: number, length: number) {
  return async (line: (text: string) => Promise<void>): Promise<void> => {
    for (let n = 0; n < count; n++) await line(`${n} `.padEnd(length, '.'));
  };
}

describe('a folder in S3', () => {
  it('is named by its bucket and its prefix', () => {
    expect(bucketIn(to)).toEqual({ bucket: 'audit', prefix: 'users/v3' });
    expect(bucketIn('s3://audit')).toEqual({ bucket: 'audit', prefix: '' });
    expect(bucketIn('s3://audit/a/')).toEqual({ bucket: 'audit', prefix: 'a' });
    expect(bucketIn('changes.jsonl')).toBeUndefined();
    expect(() => bucketIn('gs://audit/a')).toThrow(/s3:\/\/my-bucket/);
  });

  it('gets all lines in their order, in objects of a limited size', async () => {
    const folder = new MemoryFolder();

    await writeBucketLines(to, folder, lines(70, 1_000_000));

    expect([...folder.parts.keys()]).toEqual(['part-000001.jsonl.gz', 'part-000002.jsonl.gz', 'part-000003.jsonl.gz']);
    const text = [...folder.parts.values()].map((part) => gunzipSync(part).toString()).join('');
    const numbers = text
      .trimEnd()
      .split('\n')
      .map((line) => Number.parseInt(line, 10));
    expect(numbers).toEqual(Array.from({ length: 70 }, (_, n) => n));
  });

  it('must be empty, as a query reads all that is in it', async () => {
    const folder = new MemoryFolder();
    folder.parts.set('other', new Uint8Array());

    await expect(writeBucketLines(to, folder, lines(1, 9))).rejects.toThrow(/empty/);
    expect(folder.parts.size).toBe(1);
  });

  it('says what to remove if only a part could be written, without the text of the refusal', async () => {
    const folder = new MemoryFolder();
    folder.refused = 2;

    const error = await writeBucketLines(to, folder, lines(70, 1_000_000)).catch((refusal: Error) => refusal);

    expect(String(error)).toMatch(/AccessDenied.*first 1 objects under s3:\/\/audit\/users\/v3 are there/);
    expect(String(error)).not.toContain('secret');
  });

  it.each([
    { name: 'SlowDown', $metadata: { httpStatusCode: 503 } },
    { name: 'ExpiredToken', $metadata: { httpStatusCode: 400 } },
    { name: 'Error', code: 'ECONNRESET' },
  ])('is not blamed for %o, which passes', async (refusal) => {
    const folder = new MemoryFolder();
    folder.refused = 2;
    folder.refusal = refusal;

    await expect(writeBucketLines(to, folder, lines(70, 1_000_000))).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('The first 1 objects'),
    });
  });
});
