import type { JournalObject } from '../../core/journal/journal-port.ts';
import type { ItemRecord, JournalRecord } from '../../core/journal/journal-record.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { NotOurs } from '../bound-keyring.ts';
import { holdsBinary, readAnswer, requestText } from '../table/wire-json.ts';

/** The format this code writes. A later one is refused. */
const format = 1;

/** The first line of an object. The number is not in its encryption context, which is that of its writer. */
interface Head {
  format: number;
  number: number;
  records: number;
}

/** One line of JSON that says which object it is, and one for each record. */
export function journalText({ number }: JournalObject, records: readonly JournalRecord[]): string {
  const head: Head = { format, number, records: records.length };
  return [JSON.stringify(head), ...records.map(recordText)].join('\n');
}

/** @throws NotOurs: when it is another object of the same writer, or not whole */
export function recordsIn({ number }: JournalObject, text: string): JournalRecord[] {
  try {
    const [first = '', ...lines] = text.split('\n');
    const head: Head = JSON.parse(first);
    if (head.format !== format || head.number !== number || head.records !== lines.length) throw new NotOurs();
    return lines.map((line) => readAnswer<JournalRecord>(line));
  } catch (error) {
    // Its text could quote an item.
    throw error instanceof NotOurs ? error : new NotOurs();
  }
}

/** Native JSON does the work, but for records that hold binary. */
function recordText(record: JournalRecord): string {
  return hasBinary(record) ? requestText(record) : JSON.stringify(record);
}

function hasBinary(record: JournalRecord): boolean {
  if (record.kind === 'notApplied') return isBinaryIn(record.key);
  return hasBinaryIn(record.item) || (record.others?.some(hasBinaryIn) ?? false);
}

function hasBinaryIn({ key, before, after }: ItemRecord): boolean {
  return isBinaryIn(key) || isBinaryIn(before) || isBinaryIn(after);
}

function isBinaryIn(image: Image): boolean {
  for (const name in image) if (holdsBinary(image[name] as AttributeValue)) return true;
  return false;
}
