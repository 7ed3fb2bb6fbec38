import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { RunError } from '../../core/errors.ts';
import type { JournalObject, JournalStore, RecordText } from '../../core/journal/journal-port.ts';
import type { JournalRecord, ReportRecord } from '../../core/journal/journal-record.ts';
import type { Dated, DatedJournals } from '../../core/segment/undo/changes-of.ts';
import type { DatedReports } from '../../core/segment/undo/reports-of.ts';
import { NotOurs } from '../bound-keyring.ts';
import { ciphertextRefusals, objectRefusals } from '../refusals.ts';
import type { JournalCipher } from './journal-cipher.ts';
import { journalText, recordsIn, reportsIn, reportText } from './journal-text.ts';
import { ObjectPuts } from './object-puts.ts';
import { recordText } from './record-text.ts';

export interface JournalsOptions {
  s3: S3Client;
  bucket: string;
  cipher: JournalCipher;
  /** Who reads: an operator repeats the command; otherwise a worker reads and writes, and its execution is redriven. */
  reader?: 'operator' | undefined;
}

/** Errors that no repetition mends, by the names of S3 and KMS. */
const gone = new Set(['NoSuchKey', 'NotFound']);

/** Journals in S3: `journal/<table>/<sequence>/<run>/<pass>/<segment>/<number>-<attempt>`, encrypted before they leave the process. */
export class Journals implements JournalStore, DatedJournals, DatedReports {
  readonly #options: JournalsOptions;
  readonly #puts: ObjectPuts;

  constructor(options: JournalsOptions) {
    this.#options = options;
    this.#puts = new ObjectPuts(options.s3, options.bucket);
  }

  textOf(record: JournalRecord): RecordText {
    return recordText(record);
  }

  write(object: JournalObject, records: readonly RecordText[]): Promise<void> {
    return this.#put(object, objectKey(object), journalText(object, records));
  }

  writeReport(object: JournalObject, records: readonly ReportRecord[]): Promise<void> {
    return this.#put(object, reportKey(object), reportText(object, records));
  }

  async read(object: JournalObject): Promise<JournalRecord[]> {
    return (await this.readDated(object)).records;
  }

  readDated(object: JournalObject): Promise<Dated<JournalRecord>> {
    return this.#get(object, objectKey(object), recordsIn);
  }

  readReport(object: JournalObject): Promise<Dated<ReportRecord>> {
    return this.#get(object, reportKey(object), reportsIn);
  }

  async #put(object: JournalObject, key: string, text: string): Promise<void> {
    try {
      await this.#puts.put(key, await this.#options.cipher.encrypt(object, text));
    } catch (error) {
      throw this.#explained(error, object, key, 'written');
    }
  }

  async #get<R>(object: JournalObject, key: string, recordsOf: (object: JournalObject, text: string) => R[]): Promise<Dated<R>> {
    const { s3, bucket, cipher } = this.#options;
    try {
      const { Body, LastModified } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const ciphertext = await Body?.transformToByteArray();
      if (!ciphertext) throw new NotOurs();
      return { records: recordsOf(object, await cipher.decrypt(object, ciphertext)), at: LastModified?.toISOString() };
    } catch (error) {
      throw this.#explained(error, object, key, 'read');
    }
  }

  #explained(error: unknown, object: JournalObject, key: string, doing: 'written' | 'read'): unknown {
    const { table, sequence, run } = object;
    const { bucket, reader } = this.#options;
    const name = error instanceof Error ? error.name : '';
    const isRefused = name === 'NoSuchBucket' || objectRefusals.has(name);
    const fields = { table, sequence, run };
    const what = `The journal of ${table} v${sequence}`;
    const goOn = reader === 'operator' ? 'repeat the command' : 'redrive the execution';
    const place = `s3://${bucket}/${key}`;
    if (gone.has(name))
      return new RunError(
        'JournalMissing',
        `${what} is no longer whole: there is no ${place}. It expired, or was deleted. If an older version of the object is in the bucket, restore it and ${goOn}. Otherwise restore the table from point-in-time recovery, as of the time before run ${run}.`,
        { fields, cause: error },
      );
    if (name === 'NotOurs' || ciphertextRefusals.has(name))
      return new RunError(
        'JournalDamaged',
        `${what} is not as it was written: ${place} was changed or cut off, or is another object. Nothing of it was used. If the bucket has an older version of the object, restore it and ${goOn}. Otherwise restore the table from point-in-time recovery, as of the time before run ${run}.`,
        { fields, cause: error },
      );
    if (isRefused && reader === 'operator')
      return new RunError(
        'JournalUnavailable',
        `${what} cannot be read: ${name} from the KMS key or the bucket ${bucket}. Whoever reads it needs the permissions of \`grantChanges\`, and the key must be enabled. Then repeat the command.`,
        { fields, cause: error },
      );
    if (isRefused)
      return new RunError(
        'JournalUnavailable',
        `${what} cannot be ${doing}: ${name} from the KMS key or the bucket ${bucket}. ${doing === 'written' ? 'No change is written that is not in the journal, so the segment stopped.' : 'Nothing of it was used.'} Let the functions use the key and the bucket again (deploy the service if one of them is gone), then redrive the execution: it goes on where it stopped.`,
        { fields, cause: error },
      );
    return error;
  }
}

/** Sorted as they were written: numbers are padded. */
export function objectKey(object: JournalObject): string {
  return `${folderOf(object)}/${nameIn(object)}`;
}

/** Beside the objects of the journal. */
export function reportKey(object: JournalObject): string {
  return `${folderOf(object)}/report-${nameIn(object)}`;
}

function folderOf({ table, sequence, run, pass, segment }: JournalObject): string {
  return `journal/${table}/${padded(sequence)}/${run}/${padded(pass)}/${padded(segment)}`;
}

function nameIn({ number, attempt }: JournalObject): string {
  return `${padded(number)}-${padded(attempt)}`;
}

function padded(number: number): string {
  return String(number).padStart(6, '0');
}
