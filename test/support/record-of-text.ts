import { recordOfLine } from '../../aws/journal/record-text.ts';
import { readAnswer } from '../../aws/table/wire-json.ts';
import type { RecordText } from '../../core/journal/journal-port.ts';
import type { JournalRecord } from '../../core/journal/journal-record.ts';

/** What a store in memory keeps of a record's text. */
export function recordOfText(text: RecordText): JournalRecord {
  return recordOfLine(readAnswer(text));
}
