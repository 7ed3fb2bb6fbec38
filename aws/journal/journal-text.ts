import type { JournalObject, RecordText } from '../../core/journal/journal-port.ts';
import type { ChangeRecord, JournalRecord, ReportRecord } from '../../core/journal/journal-record.ts';
import { NotOurs } from '../bound-keyring.ts';
import { readAnswer, requestText } from '../table/wire-json.ts';
import { type ChangeLine, changeLine, changeOfLine, recordOfLine } from './record-text.ts';

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

type ReportLine = ChangeLine | Exclude<ReportRecord, ChangeRecord>;

/** One line of JSON that says which object it is, and one with all records. */
export function journalText({ number }: JournalObject, records: readonly RecordText[]): string {
  return textOf({ format, number, records: records.length }, `[${records.join(',')}]`);
}

/** The same for a report. */
export function reportText({ number }: JournalObject, records: readonly ReportRecord[]): string {
  const lines = records.map((record): ReportLine => (record.kind === 'change' ? changeLine(record) : record));
  return textOf({ format, number, records: records.length, holds: 'report' }, requestText(lines));
}

/** @throws NotOurs: when it is another object of the same writer, or not whole */
export function recordsIn(object: JournalObject, text: string): JournalRecord[] {
  return readLines(object, text, undefined, recordOfLine);
}

/** The same for a report. @throws NotOurs */
export function reportsIn(object: JournalObject, text: string): ReportRecord[] {
  return readLines(object, text, 'report', (line: ReportLine) => (Array.isArray(line) ? changeOfLine(line) : line));
}

function textOf(head: Head, lines: string): string {
  return `${JSON.stringify(head)}\n${lines}`;
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
