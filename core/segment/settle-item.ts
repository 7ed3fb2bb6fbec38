import { backOff, conflictBackoff, throttleBackoff } from '../backoff.ts';
import {
  afterUpdate,
  type Change,
  type ChangedDecision,
  type FoundItem,
  type ItemDecision,
  isTransaction,
  namesIn,
  type OtherWrite,
} from '../change/change.ts';
import { changeUnits, unitsOfOtherTables } from '../change/change-units.ts';
import { conditionFor } from '../change/condition.ts';
import type { ItemDecider } from '../change/decide-change.ts';
import { andFinally, andThen, type MaybePromise, orElse } from '../change/maybe-promise.ts';
import { Found, needsMerge, withOthers } from '../change/other-items.ts';
import type { TeamFunctions } from '../change/team-functions.ts';
import { refuseUnwritable } from '../change/write-limits.ts';
import type { Clock } from '../clock.ts';
import { ItemError } from '../errors.ts';
import type { ChangeRecord, OfVersion } from '../journal/journal-record.ts';
import { recordOf } from '../journal/record-of.ts';
import { maxPassesPerSequence } from '../ledger/control.ts';
import type { Counters, Outcome } from '../ledger/counters.ts';
import { isDeclaredName } from '../transformation/attributes-read.ts';
import type { Transformation } from '../transformation/contract.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import { keyOf, type TableShape } from '../values/table-shape.ts';
import { Halted, type SegmentGate } from './segment-gate.ts';
import { type TablePort, Throttled, type Write, type WriteResult } from './table-port.ts';
import type { TargetReads } from './target-reads.ts';
import { type Answered, type AnswerPorts, untilAllAnswered, type Written } from './writes/answered-write.ts';
import type { ChangeTokens, Turn } from './writes/change-tokens.ts';
import type { WriteBatches } from './writes/write-batches.ts';
import { chunksOf } from './writes/write-chunks.ts';

/** What became of an item for one of the versions that are swept together. */
export interface MemberOutcome {
  sequence: number;
  outcome: Outcome;
  differing: boolean;
}

/** What became of one item, for the counters; `error` if it failed. */
export interface SettledItem extends Partial<Counters> {
  outcome: Outcome;
  /** The change, if the item is known to be changed by it. */
  change?: Change;
  error?: ItemError;
  /** If several versions are swept together: what became of it for each, and for which of them it failed. */
  members?: readonly MemberOutcome[];
  failedAt?: number;
  /** The versions that are swept together cannot decide on it: it is not settled. */
  isApart?: true;
}

export interface SettleItemPorts {
  shape: TableShape;
  targets: Pick<TargetReads, 'read'>;
  transformation: Transformation;
  decider: ItemDecider;
  dryRun: boolean;
  /** The decider is that of several versions which are swept together. */
  isTogether?: boolean | undefined;
  /** No further pass follows that could take an item which lost every race. */
  isLastPass?: boolean;
  table: TablePort;
  batches: WriteBatches;
  functions: TeamFunctions;
  /** Undefined if the run may change any number of items. */
  tokens?: ChangeTokens | undefined;
  clock: Clock;
  gate: Pick<SegmentGate, 'assertMayDecide' | 'waitUntilMayWrite' | 'holdsLease'>;
}

/** Max repetitions after a failed condition; then the item is contended, and left to the next pass. */
const maxConflicts = 10;

/**
 * Brings one item into its new shape, or finds that there is nothing to do.
 *
 * 1. Decide on the image. If the decision asks for other items, look whether they are there, and decide what must be written to them.
 * 2. If the run has a limit of changes, take a token for the item; without one it stays unsettled.
 * 3. Send the change under the condition that the item, and the others, are still as the decision saw them.
 * 4. If the condition fails, decide again on the fresh image. After ten repetitions the item is contended; in the last pass it fails.
 * 5. If DynamoDB is busy, send the same write again after a growing pause. If it answers this item alone with internal errors, the item fails.
 *
 * @throws Halted: when the segment must stop
 * @throws Error: when an error ends the segment
 */
export function settleItem(scanned: Image, ports: SettleItemPorts): MaybePromise<SettledItem> {
  return orElse(
    () => settle(scanned, ports, ports.tokens?.enter()),
    (error) => failed(error, ports),
  );
}

/** @throws Error: if the error is not of the item */
function failed(error: unknown, { transformation, shape }: SettleItemPorts): SettledItem {
  if (!(error instanceof ItemError)) throw error;
  return { outcome: 'failed', error: error.namingOnly((name) => isDeclaredName(name, transformation, shape)) };
}

function settle(scanned: Image, ports: SettleItemPorts, turn: Turn | undefined): MaybePromise<SettledItem> {
  const decideFirst = (): MaybePromise<Decided> => decideAndSend(scanned, ports, false, turn);
  return andThen(turn ? andFinally(decideFirst, turn.leave) : decideFirst(), (first) => {
    if (!first.sending) return settleWithoutWriting(scanned, first, ports);
    const token = ports.tokens && { mayBeUsed: false };
    if (!ports.tokens || !token)
      return first.sending.answer.then((result) => writtenAtOnce(first, result) ?? writeOn(scanned, first, ports));
    return withToken(writeOn(scanned, first, ports, token), token, ports.tokens);
  });
}

/** What became of nearly every item that is changed: its only write is an update, and was applied. Undefined for any other. */
function writtenAtOnce({ decision, sending }: Decided, result: WriteResult): SettledItem | undefined {
  if (result.kind !== 'written' || decision.outcome !== 'changed' || sending?.writes.length !== 1) return undefined;
  const [write] = sending.writes;
  if (write?.change.item.kind !== 'update' || isTransaction(write.change)) return undefined;
  return { ...ownOf(decision), writeUnits: result.units ?? write.units };
}

async function writeOn(scanned: Image, first: Decided, ports: SettleItemPorts, token?: Token): Promise<SettledItem> {
  const written: Written = { inserted: 0, deleted: 0, writeUnits: 0, otherWriteUnits: 0, isAnswered: false, isUnknown: false };
  try {
    return withWritten(await writeUntilSettled(scanned, first, ports, written, token), written);
  } catch (error) {
    return withWritten(failed(error, ports), written);
  }
}

/** What is known of the token that an item was given. */
interface Token {
  /** A write of the item was applied, or may have been. */
  mayBeUsed: boolean;
}

/** The token of an item that surely was not written is good for another. */
async function withToken(settling: Promise<SettledItem>, token: Token, tokens: ChangeTokens): Promise<SettledItem> {
  try {
    return await settling;
  } finally {
    if (!token.mayBeUsed) tokens.putBack();
  }
}

function settleWithoutWriting(image: Image, { decision }: Decided, { shape }: SettleItemPorts): SettledItem {
  return decision.outcome === 'changed'
    ? { ...changed(decision), writeUnits: changeUnits(image, decision.change, shape), ...elsewhere(decision.change, shape) }
    : { outcome: decision.outcome, differing: decision.outcome === 'kept' && decision.differing ? 1 : 0, writeUnits: 0 };
}

/** Waits for the answer. As long as the condition fails, decides and writes again on the fresh image. */
async function writeUntilSettled(
  scanned: Image,
  first: Decided,
  ports: SettleItemPorts,
  written: Written,
  token?: Token,
): Promise<SettledItem> {
  let image = scanned;
  let sent: Image | undefined;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts++) {
    const current = image;
    const { decision, sending } = conflicts === 0 ? first : await decideAndSend(current, ports, true);
    if (decision.outcome !== 'changed' || !sending) {
      // If the answer of a write was lost, its repetition fails on the write's own result: that is a change, not a conflict.
      const outcome = sent && sameImage(sent, current) ? 'changed' : decision.outcome;
      return { outcome, differing: decision.outcome === 'kept' && decision.differing ? 1 : 0 };
    }
    const answered = await (token ? markingToken(token, sending, ports, written) : answeredOf(sending, ports, written));
    const { write, result, mayHaveBeenApplied, wasUnknown } = answered;
    if (result.kind === 'written') {
      const done = ownOf(decision);
      if (decision.change.item.kind === 'update' || isTransaction(write.change)) return done;
      // A delete whose answer was lost finds nothing when it is sent again.
      if (!result.old && !wasUnknown) ports.batches.noteNotApplied(write);
      if (!result.old) return wasUnknown ? done : { outcome: 'vanished' };
      if (sameNames(result.old, current)) return done;
      // The deleted item had an attribute that the decision had not seen: put the item back and decide again.
      await putBack(result.old, ports);
      ports.batches.noteNotApplied(write);
    } else {
      const { item } = decision.change;
      if (!wasUnknown && sending.writes.length === 1) ports.batches.noteNotApplied(write);
      sent = mayHaveBeenApplied && item.kind === 'update' ? afterUpdate(current, item.set, item.remove) : undefined;
      await backOff(ports.clock, conflicts, conflictBackoff);
    }
    const fresh = (result.kind === 'conditionFailed' ? result.image : undefined) ?? (await readUntilAnswered(write.key, ports));
    if (!fresh) {
      const isOurs = wasUnknown && decision.change.item.kind === 'delete' && (await areThere(write.change, ports));
      if (!isOurs) return { outcome: 'vanished' };
      written.inserted += write.change.inserts.length + putsOf(write.change).length;
      return ownOf(decision);
    }
    image = fresh;
  }
  if (ports.isLastPass) throw contended(ports);
  return { outcome: 'contended' };
}

/** A change that was refused, or not sent any more, was not applied, unless a part of it was. */
async function answeredOf(
  { writes, answer }: Sending,
  ports: SettleItemPorts,
  written: Written,
  batches: AnswerPorts['batches'] = ports.batches,
): Promise<Answered> {
  try {
    return await untilAllAnswered(writes, answer, { ...ports, batches }, written);
  } catch (error) {
    const [write] = writes;
    if (write && writes.length === 1 && isNotApplied(error, written)) ports.batches.noteNotApplied(write);
    throw error;
  }
}

/** A write that was never sent is noted by the batches: only they know if it is recorded. */
function isNotApplied(error: unknown, { isAnswered, isUnknown }: Written): boolean {
  if (error instanceof Halted) return isAnswered && !isUnknown;
  return error instanceof ItemError && error.name !== 'NotWritten';
}

/** Marks the token as used by a write that was applied, or may have been. A write that is refused, loses its race or is not sent uses none. */
function markingToken(token: Token, { writes, answer }: Sending, ports: SettleItemPorts, written: Written): Promise<Answered> {
  const note = (result: WriteResult): WriteResult => {
    token.mayBeUsed ||= result.kind === 'written' || (result.kind === 'throttled' && (result.isUnknown ?? result.isUnanswered ?? false));
    return result;
  };
  const { answered } = ports.batches;
  const send = (write: Write): Promise<WriteResult> => ports.batches.send(write).then(note);
  return answeredOf({ writes, answer: answer.then(note) }, ports, written, { answered, send });
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
  sending?: Sending;
}

interface Sending {
  writes: readonly Write[];
  answer: Promise<WriteResult>;
}

/**
 * Decides, and sends the change if there is one.
 *
 * @param isAgain whether something was written meanwhile, which must be seen
 * @param turn undefined if there is no limit of changes, or the item has its token already
 */
function decideAndSend(image: Image, ports: SettleItemPorts, isAgain: boolean, turn?: Turn): MaybePromise<Decided> {
  const { batches } = ports;
  const first = batches.deciding(() =>
    andThen(
      decide(image, ports),
      (decision): MaybePromise<Decided | { asking: ChangedDecision }> =>
        decision.outcome === 'changed' && decision.asks ? { asking: decision } : send(image, decision, ports, isAgain, turn),
    ),
  );
  return andThen(first, (made) => ('asking' in made ? lookAndSend(image, made.asking, ports, isAgain, turn) : made));
}

/** Waiting for what is there is not part of deciding: requests that are not full would wait, too. */
async function lookAndSend(image: Image, asking: ChangedDecision, ports: SettleItemPorts, isAgain: boolean, turn?: Turn): Promise<Decided> {
  const { shape, batches, targets } = ports;
  const items = await targets.read(asking.asks ?? [], isAgain);
  const found = new Found(items, shape);
  return batches.deciding(() =>
    andThen(needsMerge(asking, found) ? decide(image, ports, items) : withOthers(asking, found, shape), (decision) =>
      send(image, decision, ports, isAgain, turn),
    ),
  );
}

function send(image: Image, decision: ItemDecision, ports: SettleItemPorts, isAgain: boolean, turn?: Turn): MaybePromise<Decided> {
  if (decision.outcome !== 'changed') return { decision };
  const { shape, batches } = ports;
  const write = prepareWrite(image, decision.change, ports);
  if (ports.dryRun) return { decision };
  const sendNow = (): Decided => {
    // The record of all writes of a change goes before the first; when one is sent again, it is not recorded again.
    const records = batches.isJournaled ? recordsOf(image, decision, shape) : undefined;
    const recordedFor = decision.together && records?.flatMap(({ of }) => of ?? []);
    const [first = write, ...rest] = chunksOf(recordedFor ? { ...write, recordedFor } : write, image, shape, batches.maxAffordable);
    return { decision, sending: { writes: [first, ...rest], answer: batches.send(first, records, isAgain) } };
  };
  return turn ? andThen(turn.take(), sendNow) : sendNow();
}

/** One, or the part of each version that is journaled. */
function recordsOf(image: Image, { change, together }: ChangedDecision, shape: TableShape): OfVersion<ChangeRecord>[] {
  if (!together) return [recordOf(image, change, shape)];
  return together.members.flatMap(({ sequence: of, change: part, journals }) =>
    part && journals ? { ...recordOf(image, { item: { kind: 'update', ...part }, inserts: [] }, shape), of } : [],
  );
}

function decide(image: Image, { functions, gate, decider }: SettleItemPorts, found?: readonly FoundItem[]): MaybePromise<ItemDecision> {
  return functions.run((place) => {
    gate.assertMayDecide();
    return decider.decide(image, place, found);
  });
}

function prepareWrite(image: Image, change: Change, { shape, decider, transformation }: SettleItemPorts): Write {
  const condition = conditionFor(image, namesIn(change), shape, decider.footprint, transformation);
  const units = changeUnits(image, change, shape);
  refuseUnwritable(image, change, condition, shape, units);
  return {
    key: keyOf(shape, image),
    change,
    condition,
    units,
    ...(change.others ? { otherUnits: unitsOfOtherTables(change, shape) } : {}),
  };
}

/** Whether the targets of a move hold what was sent. */
async function areThere(change: Change, ports: SettleItemPorts): Promise<boolean> {
  for (const insert of change.inserts) {
    const present = await readUntilAnswered(keyOf(ports.shape, insert), ports);
    if (!present || !sameImage(present, insert)) return false;
  }
  const puts = putsOf(change);
  const found = new Found(puts.length > 0 ? await ports.targets.read(puts, true) : [], ports.shape);
  return puts.every((put) => sameImage(found.under(put) ?? {}, put.image));
}

function putsOf({ others = [] }: Change): readonly OtherWrite[] {
  return others.filter(({ kind }) => kind === 'put');
}

async function readUntilAnswered(key: Image, { table, clock, gate }: SettleItemPorts): Promise<Image | undefined> {
  for (let retry = 0; ; retry++) {
    try {
      return await table.readItem(key);
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      await backOff(clock, retry, throttleBackoff);
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
    await backOff(clock, retry, throttleBackoff);
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

function changed(decision: ChangedDecision): SettledItem {
  const { inserts, others = [] } = decision.change;
  const own = ownOf(decision);
  return {
    ...own,
    inserted: inserts.length + others.filter(({ kind }) => kind === 'put' || kind === 'update').length,
    deleted: own.deleted + others.filter(({ kind }) => kind === 'delete').length,
  };
}

/** What became of the item itself. */
function ownOf({ change, differing }: ChangedDecision) {
  const isDeleted = change.item.kind === 'delete';
  return {
    outcome: 'changed' as const,
    change,
    inserted: 0,
    deleted: isDeleted ? 1 : 0,
    moved: isDeleted && isTransaction(change) ? 1 : 0,
    differing: differing ? 1 : 0,
  };
}

/** With all that was written for it, also before it was decided again. */
function withWritten(settled: SettledItem, { inserted, deleted, writeUnits, otherWriteUnits }: Written): SettledItem {
  return {
    ...settled,
    writeUnits,
    ...(inserted > 0 || settled.inserted !== undefined ? { inserted } : {}),
    ...(deleted > 0 || settled.deleted !== undefined ? { deleted: (settled.deleted ?? 0) + deleted } : {}),
    ...(otherWriteUnits > 0 ? { otherWriteUnits } : {}),
  };
}

function elsewhere(change: Change, shape: TableShape): Pick<SettledItem, 'otherWriteUnits'> {
  const units = Object.values(unitsOfOtherTables(change, shape)).reduce((sum, each) => sum + each, 0);
  return units > 0 ? { otherWriteUnits: units } : {};
}

function sameNames(a: Image, b: Image): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name));
}
