import { afterUpdate, type Change, type ItemDecision, namesIn } from '../change/change.ts';
import { changeUnits } from '../change/change-units.ts';
import { conditionFor } from '../change/condition.ts';
import type { ItemDecider } from '../change/decide-change.ts';
import { targetExists } from '../change/insert-targets.ts';
import { andThen, type MaybePromise, orElse } from '../change/maybe-promise.ts';
import type { TeamFunctions } from '../change/team-functions.ts';
import { refuseUnwritable } from '../change/write-limits.ts';
import { type Clock, jitter } from '../clock.ts';
import { ItemError } from '../errors.ts';
import { maxPassesPerSequence } from '../ledger/control.ts';
import type { Counters, Outcome } from '../ledger/counters.ts';
import { isDeclaredName } from '../transformation/attributes-read.ts';
import type { Transformation } from '../transformation/contract.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { keyOf, type TableShape } from '../values/table-shape.ts';
import { ItemFaults } from './item-faults.ts';
import { Halted, type SegmentGate } from './segment-gate.ts';
import { isFault, type TablePort, Throttled, type Write, type WriteResult } from './table-port.ts';
import type { WriteBatches } from './write-batches.ts';

/** What became of one item, for the counters; `error` if it failed. */
export interface SettledItem extends Partial<Counters> {
  outcome: Outcome;
  /** The change, if the item is known to be changed by it. */
  change?: Change;
  error?: ItemError;
}

export interface SettleItemPorts {
  shape: TableShape;
  transformation: Transformation;
  decider: ItemDecider;
  dryRun: boolean;
  /** No further pass follows that could take an item which lost every race. */
  isLastPass?: boolean;
  table: TablePort;
  batches: WriteBatches;
  functions: TeamFunctions;
  clock: Clock;
  gate: Pick<SegmentGate, 'assertMayDecide' | 'waitUntilMayWrite' | 'holdsLease'>;
}

/** Max repetitions after a failed condition; then the item is contended, and left to the next pass. */
const maxConflicts = 10;
const conflictPause = { base: 5, cap: 500 };
const throttlePause = { base: 50, cap: 5000 };

/**
 * Brings one item into its new shape, or finds that there is nothing to do.
 *
 * 1. Decide on the image.
 * 2. Send the change under the condition that the item is still as the decision saw it.
 * 3. If the condition fails, decide again on the fresh image. After ten repetitions the item is contended; in the last pass it fails.
 * 4. If DynamoDB is busy, send the same write again after a growing pause. If it answers this item alone with internal errors, the item fails.
 *
 * @throws Halted: when the segment must stop
 * @throws Error: when an error ends the segment
 */
export function settleItem(scanned: Image, ports: SettleItemPorts): MaybePromise<SettledItem> {
  return orElse(
    () => settle(scanned, ports),
    (error) => {
      if (error instanceof ItemError)
        return { outcome: 'failed', error: error.namingOnly((name) => isDeclaredName(name, ports.transformation, ports.shape)) };
      throw error;
    },
  );
}

function settle(scanned: Image, ports: SettleItemPorts): MaybePromise<SettledItem> {
  return andThen(decideAndSend(scanned, ports), (first) =>
    first.sending ? writeUntilSettled(scanned, first, ports) : settleWithoutWriting(scanned, first, ports),
  );
}

function settleWithoutWriting(image: Image, { decision }: Decided, { shape }: SettleItemPorts): SettledItem {
  return decision.outcome === 'changed'
    ? { ...changed(decision), writeUnits: changeUnits(image, decision.change, shape) }
    : { outcome: decision.outcome, differing: decision.outcome === 'kept' && decision.differing ? 1 : 0, writeUnits: 0 };
}

/** Waits for the answer. As long as the condition fails, decides and writes again on the fresh image. */
async function writeUntilSettled(scanned: Image, first: Decided, ports: SettleItemPorts): Promise<SettledItem> {
  let image = scanned;
  let sent: Image | undefined;
  let spent = 0;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts++) {
    const current = image;
    const { decision, sending } = conflicts === 0 ? first : await decideAndSend(current, ports);
    if (decision.outcome !== 'changed' || !sending) {
      // If the answer of a write was lost, its repetition fails on the write's own result: that is a change, not a conflict.
      const outcome = sent && sameImage(sent, current) ? 'changed' : decision.outcome;
      return { outcome, differing: decision.outcome === 'kept' && decision.differing ? 1 : 0, writeUnits: spent };
    }
    const { write, result, mayHaveBeenApplied, wasUnknown } = await untilAnswered(sending.write, await sending.answer, ports);
    spent += result.units ?? write.units;
    if (result.kind === 'written') {
      const done = { ...changed(decision), inserted: write.change.inserts.length, writeUnits: spent };
      if (decision.change.item.kind === 'update' || write.change.inserts.length > 0) return done;
      // A delete whose answer was lost finds nothing when it is sent again.
      if (!result.old) return wasUnknown ? done : { outcome: 'vanished', writeUnits: spent };
      if (sameNames(result.old, current)) return done;
      // The deleted item had an attribute that the decision had not seen: put the item back and decide again.
      await putBack(result.old, ports);
    } else {
      const { item } = decision.change;
      sent = mayHaveBeenApplied && item.kind === 'update' ? afterUpdate(current, item.set, item.remove) : undefined;
      await ports.clock.sleep(jitter(ports.clock, conflicts, conflictPause.base, conflictPause.cap));
    }
    const fresh = (result.kind === 'conditionFailed' ? result.image : undefined) ?? (await readUntilAnswered(write.key, ports));
    if (!fresh) {
      const isOurs = wasUnknown && decision.change.item.kind === 'delete' && (await areThere(write.change.inserts, ports));
      const inserted = write.change.inserts.length;
      return isOurs ? { ...changed(decision), inserted, writeUnits: spent } : { outcome: 'vanished', writeUnits: spent };
    }
    image = fresh;
  }
  if (ports.isLastPass) throw contended(ports);
  return { outcome: 'contended', writeUnits: spent };
}

function contended({ transformation: { versionAttribute, reads, declared } }: SettleItemPorts): ItemError {
  const isNarrow = versionAttribute !== undefined || reads !== undefined;
  const advice = isNarrow
    ? 'The application writes what the version reads all the time. Run it when the application writes less, or transform this item by hand.'
    : declared.deletes
      ? 'If the application has an attribute for optimistic locking, declare it as `versionAttribute`. Otherwise run the version when the application writes less.'
      : 'Declare `reads` with the attributes that the function looks at: then writes to others are no conflict. If the application has an attribute for optimistic locking, declare it as `versionAttribute`.';
  return new ItemError(
    'Contended',
    `In ${maxPassesPerSequence} passes the application was faster each time: it wrote the item between our read and our write, ${maxConflicts + 1} times in each pass. ${advice}`,
  );
}

interface Decided {
  decision: ItemDecision;
  /** The promise is wrapped in an object, so that waiting for it is not part of deciding. */
  sending?: { write: Write; answer: Promise<WriteResult> };
}

/** Decides, and sends the change if there is one. */
function decideAndSend(image: Image, ports: SettleItemPorts): MaybePromise<Decided> {
  return ports.batches.deciding(() =>
    andThen(decide(image, ports), (decision) => {
      if (decision.outcome !== 'changed') return { decision };
      const write = prepareWrite(image, decision.change, ports);
      return ports.dryRun ? { decision } : { decision, sending: { write, answer: ports.batches.send(write) } };
    }),
  );
}

function decide(image: Image, { functions, gate, decider }: SettleItemPorts): MaybePromise<ItemDecision> {
  return functions.run((place) => {
    gate.assertMayDecide();
    return decider.decide(image, place);
  });
}

function prepareWrite(image: Image, change: Change, { shape, decider, transformation }: SettleItemPorts): Write {
  const condition = conditionFor(image, namesIn(change), shape, decider.footprint, transformation);
  const units = changeUnits(image, change, shape);
  refuseUnwritable(image, change, condition, shape, units);
  return { key: keyOf(shape, image), change, condition, units };
}

interface Answered {
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
 * @throws ItemError NotWritten, InvalidValue, TargetExists
 */
function untilAnswered(write: Write, first: WriteResult, ports: SettleItemPorts): MaybePromise<Answered> {
  return first.kind === 'written'
    ? { write, result: first, mayHaveBeenApplied: false, wasUnknown: false }
    : repeatUntilAnswered(write, first, ports);
}

async function repeatUntilAnswered(write: Write, first: WriteResult, ports: SettleItemPorts): Promise<Answered> {
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
        if (isFault(result)) faults.count();
        await ports.clock.sleep(jitter(ports.clock, retry++, throttlePause.base, throttlePause.cap));
        break;
      case 'targetExists':
        pending = withoutEqualInserts(pending, result.images, ports.shape);
        break;
      case 'refused':
        throw new ItemError('InvalidValue', refusedInWords(result.code, pending, ports));
    }
  }
}

/** A refusal that was not foreseen. DynamoDB's own text can quote values, so the message gives the figures that it judges by. */
function refusedInWords(code: string, { key, change, condition }: Write, { transformation }: SettleItemPorts): string {
  const { item, inserts } = change;
  const read = itemSize({ ...key, ...Object.fromEntries(condition.equals) });
  const figures =
    item.kind === 'delete'
      ? `deletes an item of ${read} bytes`
      : `sets ${Object.keys(item.set).length} attributes with ${itemSize(item.set)} bytes and removes ${item.remove.length}, in an item of which ${read} bytes were read`;
  const inserted = inserts.length > 0 ? `, and inserts ${inserts.length} items` : '';
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

/** Whether the targets of a move hold what was sent. */
async function areThere(inserts: readonly Image[], ports: SettleItemPorts): Promise<boolean> {
  for (const insert of inserts) {
    const present = await readUntilAnswered(keyOf(ports.shape, insert), ports);
    if (!present || !sameImage(present, insert)) return false;
  }
  return true;
}

async function readUntilAnswered(key: Image, { table, clock, gate }: SettleItemPorts): Promise<Image | undefined> {
  for (let retry = 0; ; retry++) {
    try {
      return await table.readItem(key);
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      await clock.sleep(jitter(clock, retry, throttlePause.base, throttlePause.cap));
      gate.assertMayDecide();
    }
  }
}

/**
 * Puts back an item that should not have been deleted.
 *
 * @throws ItemError NotPutBack: when it is neither back nor replaced by the application. A Halted, or an error of the segment, would be
 *   forgotten by the worker that reads the page again and finds no item.
 */
async function putBack(image: Image, ports: SettleItemPorts): Promise<void> {
  try {
    await putBackUntilAnswered(image, ports);
  } catch (error) {
    throw new ItemError(
      'NotPutBack',
      `The item was deleted together with an attribute that the application had just added, and could not be put back: ${reasonOf(error)}. Restore it from point-in-time recovery or a backup, or write it again.`,
    );
  }
}

/** Only the lease limits it, as the run may be paused or stopped by now. */
async function putBackUntilAnswered(image: Image, { table, clock, gate }: SettleItemPorts): Promise<void> {
  for (let retry = 0; ; retry++) {
    if (!gate.holdsLease()) await renewLease(gate);
    const result = await table.putBack(image, gate.holdsLease);
    if (result === 'written' || result === 'taken') return;
    await clock.sleep(jitter(clock, retry, throttlePause.base, throttlePause.cap));
  }
}

/** Codes and names of errors; their texts may hold item data. */
function reasonOf(error: unknown): string {
  if (error instanceof Halted) return `the worker had to leave (${error.message})`;
  return error instanceof Error ? error.name : 'unknown error';
}

/** The read of control that halts a worker renews its lease too, if it names the worker's fence. */
async function renewLease(gate: Pick<SegmentGate, 'waitUntilMayWrite' | 'holdsLease'>): Promise<void> {
  try {
    await gate.waitUntilMayWrite();
  } catch (error) {
    if (!gate.holdsLease()) throw error;
  }
}

function changed({ change, differing }: Extract<ItemDecision, { outcome: 'changed' }>): SettledItem {
  return {
    outcome: 'changed',
    change,
    inserted: change.inserts.length,
    deleted: change.item.kind === 'delete' ? 1 : 0,
    moved: change.item.kind === 'delete' && change.inserts.length > 0 ? 1 : 0,
    differing: differing ? 1 : 0,
  };
}

function sameNames(a: Image, b: Image): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name));
}
