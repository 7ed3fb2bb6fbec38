import { backOff, conflictBackoff } from '../../backoff.ts';
import type { Change, FoundItem, OtherWrite } from '../../change/change.ts';
import { changeUnits } from '../../change/change-units.ts';
import { maxConditions } from '../../change/condition.ts';
import { asFound, Found, targetText } from '../../change/other-items.ts';
import { maxOtherBytes, otherBytes } from '../../change/write-limits.ts';
import type { Clock } from '../../clock.ts';
import { ItemError } from '../../errors.ts';
import type { ChangeRecord, ItemRecord } from '../../journal/journal-record.ts';
import { keyOf, type TableShape } from '../../values/table-shape.ts';
import type { SettledItem } from '../settle-item.ts';
import type { Write } from '../table-port.ts';
import type { TargetReads } from '../target-reads.ts';
import { untilAnswered } from '../writes/answered-write.ts';
import type { WriteBatches } from '../writes/write-batches.ts';
import { type ItemUndo, undoItem, wholeUpdate } from './item-undo.ts';
import type { Together } from './together.ts';

export interface UndoRecordPorts {
  shape: TableShape;
  targets: Pick<TargetReads, 'read'>;
  batches: Pick<WriteBatches, 'send' | 'answered'>;
  together: Pick<Together, 'send'>;
  clock: Clock;
}

/** Max repetitions after a failed condition. */
const maxConflicts = 10;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const maxActions = 100;

/**
 * Takes one change back, as far as the table still is as the change left it.
 *
 * 1. An update of one item is sent at once, on condition that each attribute is as we wrote it. If it is not, what still is goes back.
 * 2. A deleted item is put back, on condition that its key is free.
 * 3. Of other changes, all items are read, and what can be taken back goes back in one transaction. Of a moved item, that is all or nothing.
 * 4. What has newer values stays, and its key is reported.
 *
 * A repeated undo finds the item as it was before, and does nothing.
 *
 * @throws Halted: when the segment must stop
 * @throws Error: when an error ends the segment
 */
export async function undoRecord({ item, others = [] }: ChangeRecord, ports: UndoRecordPorts): Promise<SettledItem> {
  try {
    if (item.does === 'update' && others.length === 0) return await undoUpdate(item, ports);
    return await undoSeveral([item, ...others], ports);
  } catch (error) {
    if (error instanceof ItemError) return { outcome: 'failed', error };
    throw error;
  }
}

/** All keys that a record is about: their records are undone one after the other. */
export function keysOf({ item, others = [] }: ChangeRecord, shape: TableShape): string[] {
  return [item, ...others].map(({ table, key }) => targetText({ table, image: key }, shape));
}

async function undoUpdate(record: ItemRecord, ports: UndoRecordPorts): Promise<SettledItem> {
  const { clock, batches, shape } = ports;
  let undo: ItemUndo = { write: wholeUpdate(record) };
  let units = 0;
  let wasSent = false;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts++) {
    if (undo.write?.kind !== 'update') return settled(undo, { isChanged: wasSent, units });
    const write = writeOf(undo.write, shape);
    const { result, mayHaveBeenApplied } = await untilAnswered(write, await batches.send(write), {
      ...ports,
      transformation: { reads: undefined },
    });
    units += result.units ?? write.units;
    if (result.kind === 'written') return { ...settled({ newer: undo.newer }, { isChanged: true, units }), change: write.change };
    // An answer that was lost may have been that of this very write.
    wasSent ||= mayHaveBeenApplied;
    if (conflicts > 0) await backOff(clock, conflicts, conflictBackoff);
    const [found] = result.image ? [{ image: result.image }] : await readAll([record], ports);
    undo = undoItem(record, found?.image);
  }
  throw contended();
}

async function undoSeveral(records: readonly ItemRecord[], ports: UndoRecordPorts): Promise<SettledItem> {
  const { clock, together } = ports;
  const [own] = records;
  const isMove = own?.does === 'delete' && records.length > 1;
  const sum = { units: 0, otherUnits: 0, inserted: 0, deleted: 0 };
  let isChanged = false;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts++) {
    // Most deleted items are not there: a look at the first is not worth its price.
    const isBlind = conflicts === 0 && records.length === 1 && own?.does === 'delete';
    const found = new Found(isBlind ? [] : await readAll(records, ports), ports.shape);
    const undos = records.map((record) => undoItem(record, found.under({ table: record.table, image: record.key })));
    const { newer, isTooWide } = undos.find((undo) => undo.newer !== undefined) ?? {};
    // Of a move in several transactions, the first put the item back.
    const isBegun = isChanged || (undos[0] !== undefined && !undos[0].write && !undos[0].newer);
    // What was moved and deleted since must not come back.
    const isGone = isMove ? undos.slice(1).some(({ write }) => !write) && !newer : undos.length === 1 && undos[0]?.isGone;
    const stays = isMove && !isBegun && (newer || isGone);
    const writes = stays ? [] : undos.flatMap(({ write }) => (write ? [write] : []));
    let isConflict = false;
    for (const part of partsOf(writes)) {
      const result = await together.send(part);
      sum.units += result.units;
      sum.otherUnits += result.otherUnits;
      if (result.kind === 'conditionFailed') {
        isConflict = true;
        break;
      }
      isChanged = true;
      sum.inserted += part.filter(({ kind }) => kind === 'put').length;
      sum.deleted += part.filter(({ kind }) => kind === 'delete').length;
    }
    if (!isConflict) {
      const { units, otherUnits, inserted, deleted } = sum;
      return {
        ...settled({ newer, isTooWide, isGone: isGone || undefined }, { isChanged, units }),
        inserted,
        deleted,
        moved: isMove && isChanged ? 1 : 0,
        ...(otherUnits > 0 ? { otherWriteUnits: otherUnits } : {}),
      };
    }
    await backOff(clock, conflicts, conflictBackoff);
  }
  throw contended();
}

function settled(
  { newer, isTooWide, isGone }: Pick<ItemUndo, 'newer' | 'isTooWide' | 'isGone'>,
  { isChanged, units }: { isChanged: boolean; units: number },
): SettledItem {
  const beside = { writeUnits: units, ...(newer ? { differing: 1, error: isTooWide ? tooWide() : changedSince(newer) } : {}) };
  if (isChanged) return { outcome: 'changed', ...beside };
  if (isGone) return { outcome: 'vanished', ...beside };
  return { outcome: newer ? 'kept' : 'unchanged', ...beside };
}

/** Without names of attributes, as a function can make them from item data. */
function changedSince(names: readonly string[]): ItemError {
  const what = names.length === 0 ? 'It' : names.length === 1 ? 'One of its attributes' : `${names.length} of its attributes`;
  return new ItemError('ChangedSince', `${what} was written since the run changed it, and keeps the newer value.`);
}

function tooWide(): ItemError {
  return new ItemError(
    'TooWide',
    `It is as the run inserted it, and stays: to delete it only if the application does not write it meanwhile needs a condition on each of its attributes, and DynamoDB takes ${maxConditions} of them. Delete it yourself if nothing uses it.`,
  );
}

function contended(): ItemError {
  return new ItemError(
    'Contended',
    `The application was faster each time: it wrote what was to be taken back ${maxConflicts + 1} times in a row between our look and our write. Redrive the execution when it writes less.`,
  );
}

function writeOf({ image, set, remove, table }: OtherWrite & { kind: 'update' }, shape: TableShape): Write {
  const change: Change = { item: { kind: 'update', set, remove }, inserts: [] };
  const condition = asFound({ kind: 'update', table, image, set, remove }, shape);
  return { key: keyOf(shape, image), change, condition, units: changeUnits(image, change, shape) };
}

/** As many writes as a transaction takes. The first holds the item of the change itself. */
function partsOf(writes: readonly OtherWrite[]): OtherWrite[][] {
  const parts: OtherWrite[][] = [];
  let bytes = 0;
  for (const write of writes) {
    const last = parts.at(-1);
    bytes += otherBytes(write);
    if (last && last.length < maxActions && bytes <= maxOtherBytes) last.push(write);
    else {
      parts.push([write]);
      bytes = otherBytes(write);
    }
  }
  return parts;
}

async function readAll(records: readonly ItemRecord[], { targets }: UndoRecordPorts): Promise<FoundItem[]> {
  return targets.read(
    records.map(({ table, key }) => ({ table, image: key })),
    true,
  );
}
