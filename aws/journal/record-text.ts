import type { RecordText } from '../../core/journal/journal-port.ts';
import type { ChangeRecord, ItemRecord, JournalRecord } from '../../core/journal/journal-record.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { holdsBinary, requestText } from '../table/wire-json.ts';

/** A record without names of fields: they would be most of a small one, and the text of each change is made, compressed and encrypted by its worker. */
type RecordLine = ChangeLine | NotAppliedLine;
/** Further items follow the own one. */
export type ChangeLine = ['change', ...ItemLine[]];
type NotAppliedLine = ['notApplied', Image];
type ItemLine = [does: ItemRecord['does'], key: Image, before: Image, after: Image, table?: string];

/** The JSON of a record in the journal. */
export function recordText(record: JournalRecord): RecordText {
  const line = record.kind === 'notApplied' ? [record.kind, record.key] : changeLine(record);
  return hasBinary(record) ? requestText(line) : JSON.stringify(line);
}

export function recordOfLine(line: RecordLine): JournalRecord {
  return line[0] === 'notApplied' ? { kind: 'notApplied', key: line[1] } : changeOfLine(line);
}

export function changeLine({ item, others }: ChangeRecord): ChangeLine {
  return others ? ['change', itemLine(item), ...others.map(itemLine)] : ['change', itemLine(item)];
}

/** @throws TypeError: when it has no item */
export function changeOfLine([, ...items]: ChangeLine): ChangeRecord {
  const [item, ...others] = items.map(itemOfLine);
  if (!item) throw new TypeError('a change has an item');
  return { kind: 'change', item, ...(others.length > 0 ? { others } : {}) };
}

function itemLine({ does, key, before, after, table }: ItemRecord): ItemLine {
  return table === undefined ? [does, key, before, after] : [does, key, before, after, table];
}

function itemOfLine([does, key, before, after, table]: ItemLine): ItemRecord {
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
