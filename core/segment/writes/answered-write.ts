import { backOff, throttleBackoff } from '../../backoff.ts';
import { type Change, changesOwn, isTransaction } from '../../change/change.ts';
import { imageOf } from '../../change/condition.ts';
import type { MaybePromise } from '../../change/maybe-promise.ts';
import { targetExists } from '../../change/other-items.ts';
import type { Clock } from '../../clock.ts';
import { countOf } from '../../count-of.ts';
import { ItemError } from '../../errors.ts';
import type { Transformation } from '../../transformation/contract.ts';
import { type Image, sameImage } from '../../values/attribute-value.ts';
import { itemSize } from '../../values/item-size.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { isFault, type Write, type WriteResult } from '../table-port.ts';
import { ItemFaults } from './item-faults.ts';
import type { WriteBatches } from './write-batches.ts';

export interface AnswerPorts {
  shape: TableShape;
  transformation: Pick<Transformation, 'reads'>;
  batches: Pick<WriteBatches, 'send' | 'answered'>;
  clock: Clock;
}

export interface Answered {
  write: Write;
  result: Extract<WriteResult, { kind: 'written' | 'conditionFailed' }>;
  /** An earlier request with the same write was not answered clearly. */
  mayHaveBeenApplied: boolean;
  /** The outcome of an earlier one is unknown: what is gone may have been removed by it. */
  wasUnknown: boolean;
}

/**
 * Repeats a write until it is known to be applied, or its condition fails.
 *
 * @param written is told if the outcome of a request is unknown, also if a later one throws
 * @throws ItemError NotWritten, InvalidValue, TargetExists
 */
export function untilAnswered(
  write: Write,
  first: WriteResult,
  ports: AnswerPorts,
  written: Pick<Written, 'isUnknown'> = { isUnknown: false },
): MaybePromise<Answered> {
  return first.kind === 'written'
    ? { write, result: first, mayHaveBeenApplied: false, wasUnknown: false }
    : repeatUntilAnswered(write, first, ports, written);
}

async function repeatUntilAnswered(
  write: Write,
  first: WriteResult,
  ports: AnswerPorts,
  written: Pick<Written, 'isUnknown'>,
): Promise<Answered> {
  let pending = write;
  let result = first;
  let wasUnknown = false;
  const faults = new ItemFaults(ports.clock, () => ports.batches.answered);
  for (let retry = 0; ; result = await ports.batches.send(pending)) {
    switch (result.kind) {
      case 'written':
      case 'conditionFailed':
        return { write: pending, result, mayHaveBeenApplied: retry > 0, wasUnknown };
      case 'throttled':
        wasUnknown ||= result.isUnknown === true;
        written.isUnknown ||= wasUnknown;
        if (isFault(result)) faults.count();
        await backOff(ports.clock, retry++, throttleBackoff);
        break;
      case 'targetExists':
        // Decided again, of what is there now.
        if (result.othersChanged) return { write: pending, result: { kind: 'conditionFailed' }, mayHaveBeenApplied: retry > 0, wasUnknown };
        pending = withoutEqualInserts(pending, result.images, ports.shape);
        if (!isTransaction(pending.change) && !changesOwn(pending.change))
          return { write: pending, result: { kind: 'written', units: 0 }, mayHaveBeenApplied: retry > 0, wasUnknown };
        break;
      case 'refused':
        throw new ItemError('InvalidValue', refusedInWords(result.code, pending, ports));
    }
  }
}

/** A refusal that was not foreseen. DynamoDB's own text can quote values, so the message gives the figures that it judges by. */
function refusedInWords(code: string, { key, change, condition }: Write, { transformation }: AnswerPorts): string {
  const { item, inserts, others = [] } = change;
  const read = itemSize(key) + itemSize(imageOf(condition.equals));
  const figures =
    item.kind === 'delete'
      ? `deletes an item of ${read} bytes`
      : `sets ${countOf(Object.keys(item.set).length, 'attribute')} with ${itemSize(item.set)} bytes and removes ${item.remove.length}, in an item of which ${read} bytes were read`;
  const further = inserts.length + others.length;
  const inserted = further > 0 ? `, and writes ${countOf(further, 'other item')}` : '';
  const unread = transformation.reads ? ' With reads, the other attributes count, too: an item holds up to 400 KB.' : '';
  return `DynamoDB refused the change: ${code}. It ${figures}${inserted}.${unread} Try this item alone with \`aws dynamodb update-item\`, which shows DynamoDB's own reason.`;
}

/**
 * An insert whose target exists with the same content is done.
 *
 * @throws ItemError TargetExists: when the target has other content
 */
function withoutEqualInserts(write: Write, images: readonly (Image | undefined)[], shape: TableShape): Write {
  const inserts = write.change.inserts.filter((insert, index) => {
    const existing = images[index];
    if (existing && !sameImage(existing, insert)) throw targetExists(insert, shape);
    return !existing;
  });
  return { ...write, change: { ...write.change, inserts } };
}

/** What the writes for one item did beside its own change, and what they cost: also those after which it was decided again. */
export interface Written {
  inserted: number;
  /** Beside the item itself. */
  deleted: number;
  writeUnits: number;
  otherWriteUnits: number;
  /** Of the last change: DynamoDB, or the gate in the last moment, answered a request, so it is recorded; the outcome of one is unknown. */
  isAnswered: boolean;
  isUnknown: boolean;
}

/**
 * Sends the writes of one change one after the other, until one is not applied.
 *
 * @param first the answer of the first one, which is sent already
 * @param written to which is added what each of them does, also if a later one throws
 */
export async function untilAllAnswered(
  writes: readonly Write[],
  first: Promise<WriteResult>,
  ports: AnswerPorts,
  written: Written,
): Promise<Answered> {
  written.isAnswered = false;
  written.isUnknown = false;
  for (let index = 0; ; index++) {
    const write = writes[index];
    if (!write) throw new TypeError('a change has at least one write');
    const answer = index === 0 ? await first : await ports.batches.send(write);
    written.isAnswered = true;
    const answered = await untilAnswered(write, answer, ports, written);
    const { result } = answered;
    written.writeUnits += result.units ?? write.units;
    if (result.kind === 'written') {
      const { inserts, others = [] } = answered.write.change;
      written.inserted += inserts.length + others.filter(isPut).length;
      written.deleted += others.filter(({ kind }) => kind === 'delete').length;
      written.otherWriteUnits += sumOf(('otherUnits' in result ? result.otherUnits : undefined) ?? write.otherUnits);
    }
    if (result.kind !== 'written' || index === writes.length - 1) return answered;
  }
}

function isPut({ kind }: NonNullable<Change['others']>[number]): boolean {
  return kind === 'put' || kind === 'update';
}

function sumOf(units: Readonly<Record<string, number>> = {}): number {
  return Object.values(units).reduce((sum, each) => sum + each, 0);
}
