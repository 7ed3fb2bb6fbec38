import type { JournalObject } from '../../core/journal/journal-port.ts';
import type { ChangeRecord, ItemRecord, JournalRecord, ReportRecord } from '../../core/journal/journal-record.ts';
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
  /** Undefined for a journal. */
  holds?: 'report' | undefined;
}

/** One line of JSON that says which object it is, and one with all records. */
export function journalText({ number }: JournalObject, records: readonly JournalRecord[]): string {
  const lines = records.map(lineOf);
  return textOf({ format, number, records: records.length }, lines, records.some(hasBinary));
}

/** The same for a report. */
export function reportText({ number }: JournalObject, records: readonly ReportRecord[]): string {
  const lines = records.map((record) => (record.kind === 'change' ? changeLine(record) : record));
  return textOf({ format, number, records: records.length, holds: 'report' }, lines, true);
}

/** @throws NotOurs: when it is another object of the same writer, or not whole */
export function recordsIn(object: JournalObject, text: string): JournalRecord[] {
  return readLines(object, text, undefined, recordIn);
}

/** The same for a report. @throws NotOurs */
export function reportsIn(object: JournalObject, text: string): ReportRecord[] {
  return readLines(object, text, 'report', (line: ReportLine) => (Array.isArray(line) ? changeIn(line) : line));
}

function textOf(head: Head, lines: readonly (Line | ReportLine)[], mayHoldBinary: boolean): string {
  return `${JSON.stringify(head)}\n${mayHoldBinary ? requestText(lines) : JSON.stringify(lines)}`;
}

function readLines<L, R>({ number }: JournalObject, text: string, holds: Head['holds'], read: (line: L) => R): R[] {
  try {
    const end = text.indexOf('\n');
    const head: Head = JSON.parse(text.slice(0, end));
    const lines = readAnswer<L[]>(text.slice(end + 1));
    if (head.format !== format || head.number !== number || head.holds !== holds || head.records !== lines.length) throw new NotOurs();
    return lines.map(read);
  } catch (error) {
    // Its text could quote an item.
    throw error instanceof NotOurs ? error : new NotOurs();
  }
}

/** Without names of fields: they would be most of a small record, and the text of each change is made, compressed and encrypted by its worker. */
type Line = ChangeLine | NotAppliedLine;
/** Further items follow the own one. */
type ChangeLine = ['change', ...ItemLine[]];
type ReportLine = ChangeLine | Exclude<ReportRecord, ChangeRecord>;
type NotAppliedLine = ['notApplied', Image];
type ItemLine = [does: ItemRecord['does'], key: Image, before: Image, after: Image, table?: string];

function lineOf(record: JournalRecord): Line {
  return record.kind === 'notApplied' ? [record.kind, record.key] : changeLine(record);
}

function changeLine({ item, others }: ChangeRecord): ChangeLine {
  return others ? ['change', itemLine(item), ...others.map(itemLine)] : ['change', itemLine(item)];
}

function itemLine({ does, key, before, after, table }: ItemRecord): ItemLine {
  return table === undefined ? [does, key, before, after] : [does, key, before, after, table];
}

function recordIn(line: Line): JournalRecord {
  return line[0] === 'notApplied' ? { kind: 'notApplied', key: line[1] } : changeIn(line);
}

function changeIn([, ...items]: ChangeLine): ChangeRecord {
  const [item, ...others] = items.map(itemIn);
  if (!item) throw new NotOurs();
  return { kind: 'change', item, ...(others.length > 0 ? { others } : {}) };
}

function itemIn([does, key, before, after, table]: ItemLine): ItemRecord {
  return { does, ...(table === undefined ? {} : { table }), key, before, after };
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
