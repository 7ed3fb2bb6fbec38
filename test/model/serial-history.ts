import type { Image } from '../../core/values/attribute-value.ts';
import { isKey, keyOf, keyText, shapeOf } from '../../core/values/table-shape.ts';
import type { ApplicationWrite } from './application.ts';
import type { Findings, Limit } from './findings.ts';
import { imageText } from './image-text.ts';
import type { Commit } from './memory-server.ts';
import type { ItemChange } from './memory-table.ts';
import type { Request } from './network.ts';
import { isAsAsked, mergedWith, type SerialResult, serialTransform } from './serial-transform.ts';
import type { Version } from './version.ts';

interface Outcome {
  image: Image | undefined;
  /** The outcome that the sender of the operation saw. */
  outcome: string;
}

/** One operation of the serial execution. */
interface Operation {
  apply(image: Image | undefined): Outcome;
  outcome: string;
}

/** A delete that removed an attribute which its decision had not seen, so the item must be put back. */
interface Taken {
  image: Image;
  request: Request;
}

/** The part of an item that a decision saw, and the part that it could not know. */
interface Missed {
  seen: Image;
  added: Image;
}

/** The serial execution that explains one item's present image. */
interface ItemHistory {
  operations: Operation[];
  /** Before each operation, and after the last. */
  images: (Image | undefined)[];
  /** A delete that is not in the history, as it is about to be undone. */
  taken?: Taken | undefined;
  /** A delete that can still be undone, although the application wrote since. */
  mayReturn?: Taken | undefined;
}

/**
 * Explains every item by a serial execution: the application's writes in their order, each with the outcome that the application saw,
 * and transformations between them, each at one instant. Whatever a worker commits must be explained in the tick in which it happens,
 * or it is a violation.
 */
export class SerialHistory {
  /** Number of deletes that had to be undone. */
  tookAway = 0;
  readonly #version: Version;
  readonly #findings: Findings;
  /** The reason why a worker can no longer put back the item; undefined if it must. */
  readonly #excuseFor: (request: Request) => Limit | undefined;
  /** True if the item under this key had exactly this image at some time. */
  readonly #hasBeen: (image: Image) => boolean;
  readonly #items = new Map<string, ItemHistory>();
  readonly #seeded = new Set<string>();

  constructor(
    version: Version,
    findings: Findings,
    excuseFor: (request: Request) => Limit | undefined,
    hasBeen: (image: Image) => boolean,
  ) {
    this.#version = version;
    this.#findings = findings;
    this.#excuseFor = excuseFor;
    this.#hasBeen = hasBeen;
  }

  /** The item as the run finds it. */
  begin(image: Image, table?: string): void {
    restart(this.#of(image, table), image);
  }

  /** The application wrote. */
  applied(write: ApplicationWrite, { outcome }: Outcome): void {
    const history = this.#of(write.key, write.table);
    const { taken } = history;
    if (taken) {
      const [ifTaken, ifThere] = [write.apply(undefined), write.apply(taken.image)];
      const nobodyCanTell = ifTaken.outcome === ifThere.outcome && imageText(ifTaken.image) === imageText(ifThere.image);
      if (nobodyCanTell) history.taken = undefined;
      else this.#leaveTaken(history, taken, this.#excuseFor(taken.request) ?? 'applicationActed');
      history.mayReturn = taken;
    }
    append(history, { apply: write.apply, outcome });
  }

  /** A worker wrote. */
  committed(commit: Commit): void {
    const { operation, change, inserts, request } = commit;
    if (commit.isPutBack) {
      this.#putBack(commit);
      return;
    }
    if (operation.kind === 'check') {
      this.#checkPart(commit);
      return;
    }
    const history = this.#of(change.key);
    const description = `${request.process.name} made ${imageText(change.after)} of ${imageText(change.before)}`;
    if (imageText(change.before) === imageText(change.after) && inserts.length === 0)
      this.#findings.violate(`${description}: a write that changes nothing`);

    const missed = this.#missedBy(commit);
    if (missed && !change.after && change.before && !commit.isTransaction) {
      history.taken = { image: change.before, request };
      this.tookAway++;
      return;
    }
    if (!this.#explain(history, change.after, inserts)) {
      const isWhatWasSeen = missed && this.#isTransformed(missed, change.after, inserts);
      if (!isWhatWasSeen) {
        const inserted = inserts.map(({ after }) => imageText(after));
        this.#findings.violate(`${description}, inserting ${inserted}: no serial execution does that`);
        return;
      }
      this.#findings.meet(change.after ? 'notLookedFor' : 'replaced');
      restart(history, change.after);
    }
    for (const insert of inserts) this.#inserted(insert);
    if (
      !change.after &&
      this.#version.direction === 'up' &&
      serialTransform(this.#version, change.before).asks.some((asked) => !this.#of(asked.image, asked.table).images.at(-1))
    )
      this.#findings.violate(`${description}: it was deleted, and what it becomes is not there`);
  }

  /** A worker inserted seeds. */
  seeded(changes: readonly ItemChange[]): void {
    for (const change of changes) {
      if (this.#seeded.has(imageText(change.after))) this.#findings.violate(`a seed was inserted twice: ${imageText(change.after)}`);
      this.#seeded.add(imageText(change.after));
      this.#inserted(change);
    }
  }

  /** Ends the history: no operation is in flight. */
  finish(): void {
    for (const history of this.#items.values())
      if (history.taken) this.#leaveTaken(history, history.taken, this.#excuseFor(history.taken.request));
  }

  #putBack({ change, request }: Commit): void {
    const history = this.#of(change.key);
    const { taken, mayReturn } = history;
    const isWhatWasTaken = (was: Taken | undefined): boolean =>
      was !== undefined && was.request.process === request.process && imageText(was.image) === imageText(change.after);
    if (change.before) this.#findings.violate(`${request.process.name} put an item over ${imageText(change.before)}`);
    else if (isWhatWasTaken(taken)) history.taken = undefined;
    else if (isWhatWasTaken(mayReturn)) {
      this.#findings.meet('applicationActed');
      restart(history, change.after);
    } else this.#findings.violate(`${request.process.name} brought back ${imageText(change.after)}`);
  }

  /** A transaction that leaves the item as it is: what it inserts is what the item asks for as it is in this instant, as far as it was seen. */
  #checkPart(commit: Commit): void {
    const { change, inserts, request } = commit;
    const isAskedBy = (image: Image | undefined): boolean =>
      inserts.every((insert) => this.#isAskedFor(serialTransform(this.#version, image), insert));
    const missed = this.#missedBy(commit);
    if (inserts.length === 0 || !isAskedBy(change.before)) {
      if (inserts.length > 0 && missed && isAskedBy(missed.seen)) this.#findings.meet('notLookedFor');
      else
        this.#findings.violate(
          `${request.process.name} inserted ${inserts.map(({ after }) => imageText(after))} for ${imageText(change.before)}: it does not ask for that`,
        );
    }
    for (const insert of inserts) this.#inserted(insert);
  }

  #isAskedFor({ asks }: SerialResult, change: ItemChange): boolean {
    const { table, key, before, after } = change;
    return asks.some((asked) => {
      const isSame = asked.table === table && this.#of(asked.image, table) === this.#of(key, table);
      if (asked.does === 'takeBack') return isSame && !after && imageText(this.#seenOf(change)) === imageText(asked.image);
      const expected = before ? mergedWith(asked, before) : asked.image;
      return isSame && expected !== undefined && imageText(expected) === imageText(after);
    });
  }

  #inserted(change: ItemChange): void {
    const { table, key, before, after } = change;
    const history = this.#of(key, table);
    if (!after) {
      this.#takenBack(change);
      return;
    }
    if (before && this.#version.spec.others?.onExisting === 'merge') {
      const { content } = after;
      const merge = (image: Image | undefined): Outcome =>
        image && content ? { image: { ...image, content }, outcome: 'merged' } : { image, outcome: 'gone' };
      if (history.taken) this.#leaveTaken(history, history.taken, this.#excuseFor(history.taken.request) ?? 'applicationActed');
      append(history, { apply: merge, outcome: 'merged' });
      return;
    }
    if (before) this.#findings.violate(`an insert overwrote ${imageText(before)}`);
    if (history.taken) this.#leaveTaken(history, history.taken, this.#excuseFor(history.taken.request) ?? 'applicationActed');
    append(history, { apply: (image) => ({ image: image ?? after, outcome: image ? 'refused' : 'done' }), outcome: 'done' });
  }

  /** An inserted item is deleted as it was inserted, but for what the application first added in that instant. */
  #takenBack(change: ItemChange): void {
    const { table, key, before } = change;
    append(this.#of(key, table), { apply: (image) => ({ image: undefined, outcome: imageText(image) }), outcome: imageText(before) });
    if (imageText(this.#seenOf(change)) === imageText(before)) return;
    this.#findings.meet('replaced');
    restart(this.#of(key, table), undefined);
  }

  /** What a condition says that the item was. With a version attribute, it would tell of more. */
  #seenOf({ table, before, conditions = [] }: ItemChange): Image {
    const { shape, spec } = this.#version;
    const compared = new Set(conditions.filter(({ kind }) => kind === 'equals').map(({ name }) => name));
    const isSeen = (name: string): boolean => compared.has(name) || isKey(shapeOf(shape, table), name) || spec.versionAttribute;
    return Object.fromEntries(Object.entries(before ?? {}).filter(([name]) => isSeen(name)));
  }

  /** The item stays deleted. That is right where a transformation deletes all of it, and otherwise the limit. */
  #leaveTaken(history: ItemHistory, taken: Taken, limit: Limit | undefined): void {
    history.taken = undefined;
    if (this.#explain(history, undefined, [])) return;
    if (limit) this.#findings.meet(limit);
    else this.#findings.violate(`${taken.request.process.name} deleted ${imageText(taken.image)} and did not put it back`);
    restart(history, undefined);
  }

  /** With the answer of any look-up: the latest first. A decision is made with one. */
  #explain(history: ItemHistory, after: Image | undefined, inserts: readonly ItemChange[]): boolean {
    const { looked } = this.#version;
    const { answer: present } = looked;
    const isExplained = looked.answers.toReversed().some((answer) => {
      looked.answer = answer;
      return this.#explainWithAnswer(history, after, inserts);
    });
    looked.answer = present;
    return isExplained;
  }

  /** Finds an instant, the latest first, at which a transformation could have happened, and enters it there. */
  #explainWithAnswer(history: ItemHistory, after: Image | undefined, inserts: readonly ItemChange[]): boolean {
    for (let instant = history.operations.length; instant >= 0; instant--) {
      const result = serialTransform(this.#version, history.images[instant]);
      const later = replay(result.image, history.operations.slice(instant));
      if (!later || imageText(later.at(-1)) !== imageText(after) || !this.#explainInserts(result, inserts)) continue;
      const transformation = transformationOf(this.#version);
      history.operations.splice(instant, 0, { apply: transformation, outcome: transformation(history.images[instant]).outcome });
      history.images.splice(instant + 1, Number.POSITIVE_INFINITY, ...later);
      return true;
    }
    return false;
  }

  /** What was inserted is what the transformation inserts; the rest of that has been in the table already. */
  #explainInserts(result: SerialResult, inserts: readonly ItemChange[]): boolean {
    if (this.#version.spec.others) {
      if (!inserts.every((insert) => this.#isAskedFor(result, insert))) return false;
      const written = new Set(inserts.map(({ table, key }) => this.#of(key, table)));
      const rest = result.asks.map((asked) => ({ asked, history: this.#of(asked.image, asked.table) }));
      return rest.every(({ asked, history }) => written.has(history) || history.images.some((was) => isAsAsked(asked, was)));
    }
    const expected = result.inserts;
    const texts = new Set(inserts.map(({ after }) => imageText(after)));
    const missing = expected.filter((image) => !texts.delete(imageText(image)));
    return texts.size === 0 && missing.every((image) => this.#of(image).images.some((was) => imageText(was) === imageText(image)));
  }

  /** Both are what one transformation makes of what its decision saw, beside what it missed. */
  #isTransformed({ seen, added }: Missed, after: Image | undefined, inserts: readonly ItemChange[]): boolean {
    const result = serialTransform(this.#version, seen);
    const image = result.image && { ...result.image, ...added };
    return imageText(image) === imageText(after) && this.#explainInserts(result, inserts);
  }

  /**
   * What a decision could not know: the item is as it was read, and holds names besides that nobody declared. Undefined where there is
   * nothing, or where a version attribute or `reads` would have told.
   */
  #missedBy({ operation, change }: Commit): Missed | undefined {
    const { shape, spec, transformation } = this.#version;
    const { adds, overwrites, removes } = transformation.declared;
    const compared = new Set(operation.conditions.filter(({ kind }) => kind === 'equals').map(({ name }) => name));
    const before = Object.entries(change.before ?? {});
    const isMissed = (name: string): boolean => !compared.has(name) && !isKey(shape, name);
    const added = Object.fromEntries(before.filter(([name]) => isMissed(name)));
    const seen = Object.fromEntries(before.filter(([name]) => !isMissed(name)));
    const names = Object.keys(added);
    if (names.length === 0 || spec.versionAttribute || transformation.reads) return undefined;
    if (names.some((name) => [...adds, ...overwrites, ...removes].includes(name)) || !this.#hasBeen(seen)) return undefined;
    return { seen, added };
  }

  #of(key: Image, table?: string): ItemHistory {
    const text = `${table ?? ''} ${keyText(keyOf(shapeOf(this.#version.shape, table), key))}`;
    const history = this.#items.get(text) ?? { operations: [], images: [undefined] };
    this.#items.set(text, history);
    return history;
  }
}

/** Replayed elsewhere, a transformation must insert what it inserted. */
function transformationOf(version: Version) {
  const { looked } = version;
  const { answer } = looked;
  return (image: Image | undefined): Outcome => {
    const { answer: present } = looked;
    looked.answer = answer;
    const result = serialTransform(version, image);
    looked.answer = present;
    return { image: result.image, outcome: `inserts ${[...result.inserts, ...result.asks.map((asked) => asked.image)].map(imageText)}` };
  };
}

/** The images after an operation and all that follow; undefined where the application would have seen another outcome. */
function replay(start: Image | undefined, operations: readonly Operation[]): (Image | undefined)[] | undefined {
  const images = [start];
  for (const { apply, outcome } of operations) {
    const result = apply(images.at(-1));
    if (result.outcome !== outcome) return undefined;
    images.push(result.image);
  }
  return images;
}

function append(history: ItemHistory, operation: Operation): void {
  history.operations.push(operation);
  history.images.push(operation.apply(history.images.at(-1)).image);
}

/** Accepts a state that cannot be explained as the new start of the item's history. */
function restart(history: ItemHistory, image: Image | undefined): void {
  history.operations = [];
  history.images = [image];
}
