import fc from 'fast-check';
import type { Direction } from '../../core/transformation/contract.ts';
import { nameCount, valueCount, type WriteSpec, writeKinds } from './application.ts';
import { type Fault, faults } from './network.ts';
import type { OthersSpec, VersionSpec } from './version.ts';

/** One interference of a schedule with a run. */
export type Action =
  /** The application writes: an item of the table, or the one that the worker's operation meets. */
  | { what: 'write'; item: number; write: WriteSpec }
  | { what: 'fault'; fault: Fault; request: number }
  /** The process dies; another worker takes its segment. */
  | { what: 'kill'; worker: number; inFlight: 'arrives' | 'dropped' }
  /** Another worker takes the segment, and the previous worker also continues. */
  | { what: 'zombie'; worker: number }
  /** The next page is stale by a number of writes. */
  | { what: 'stale'; back: number }
  /** All processes are frozen for a time, in milliseconds. */
  | { what: 'freeze'; milliseconds: number }
  | { what: 'pause' }
  /** Another execution takes the run over, with a new fence and a fresh pass. */
  | { what: 'takeover' }
  /** The execution is redriven: other workers take all unfinished segments of the pass, and the present ones go on. */
  | { what: 'redrive' };

export interface Interference {
  /** The step from which on it is due. */
  at: number;
  /** Immediately, or just before or after an operation of a worker is applied to its item. */
  moment: 'now' | 'before' | 'after';
  /** Number of operations to skip first. */
  skip: number;
  /** Number of operations that it affects. */
  times: number;
  action: Action;
}

/** All inputs of a deterministic execution of the model. */
export interface Schedule {
  version: VersionSpec;
  /** The attributes of each item, as indices. */
  items: { name: number; value: number }[][];
  segments: number;
  pageSize: number;
  /** Choices of the next step; 0 is the longest waiting one. */
  order: number;
  /** Write units a second for the whole run. */
  writeUnits: number | undefined;
  /** Milliseconds until a worker's deadline. */
  patience: number;
  interferences: Interference[];
}

const maxItems = 4;
/** The table's items, and two keys that are free or belong to seeds. */
const itemIndex = fc.nat(maxItems + 1);

export const versions: fc.Arbitrary<VersionSpec> = fc
  .record({
    direction: fc.constantFrom('up', 'up', 'down'),
    sortKey: fc.boolean(),
    fills: fc.uniqueArray(fc.record({ name: fc.constantFrom('x', 'x', 'y', '#x'), from: fc.constantFrom('a', 'b', 'nothing') }), {
      selector: ({ name }) => name,
      maxLength: 2,
    }),
    overwrites: fc.constantFrom(undefined, undefined, 'b', 'o'),
    removes: fc.constantFrom(undefined, undefined, undefined, 'r', 'r', ':r'),
    inserts: rarely(),
    deletes: fc.constantFrom(undefined, undefined, 'always', 'unlessKept', 'unlessKept'),
    rekeys: rarely(),
    prefersNick: fc.constant(false),
    reads: rarely(),
    versionAttribute: rarely(),
    seeds: rarely(),
    derivesDown: fc.boolean(),
    async: rarely(),
  } as const)
  .map((spec) => spec as VersionSpec);

/** Versions that insert other items without a mark. @param others what all of them have */
export function versionsWithOthers(others: Partial<OthersSpec> = {}, direction: Direction = 'up'): fc.Arbitrary<VersionSpec> {
  const asked = fc.record({
    children: fc.constantFrom(1, 1, 2, 5),
    onExisting: fc.constantFrom('fail', 'keep', 'merge'),
    second: fc.boolean(),
    moves: fc.constantFrom(false, false, true),
  } as const);
  const plain = { direction, seeds: false, rekeys: false, inserts: false, async: false };
  return fc.tuple(versions, asked).map(([spec, given]) => {
    // A run back reads no other table, so a version that moves items there, or deletes what asked for items there, has no such way back.
    const isDown = direction === 'down';
    const all = { ...given, ...(isDown ? { moves: false } : {}), ...others };
    const deletes = isDown && all.second ? undefined : spec.deletes;
    const derivesDown = isDown && spec.derivesDown;
    // A merge does not count up `version`, so that it alone does not tell of one: what a delete took is put back, which the history cannot explain.
    const versionAttribute = spec.versionAttribute && all.onExisting !== 'merge';
    return { ...spec, ...plain, deletes, derivesDown, versionAttribute, others: all };
  });
}

const writes: fc.Arbitrary<WriteSpec> = fc.record({
  kind: fc.constantFrom(...writeKinds),
  place: fc.constantFrom('own', 'own', 'own', 'own', 'child', 'new'),
  name: fc.nat(nameCount - 1),
  value: fc.nat(valueCount - 1),
});

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ what: fc.constant('write'), item: itemIndex, write: writes }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('fault'), fault: fc.constantFrom(...faults), request: fc.nat(7) }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('kill'), worker: fc.nat(1), inFlight: fc.constantFrom('arrives', 'dropped') }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('zombie'), worker: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('stale'), back: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('freeze'), milliseconds: fc.constantFrom(3_000, 11_000, 40_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('pause') }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('takeover') }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('redrive') }) },
);

const interferences: fc.Arbitrary<Interference> = fc.record({
  at: fc.nat(40),
  moment: fc.constantFrom('now', 'before', 'after'),
  skip: fc.constantFrom(0, 0, 0, 1, 2),
  times: fc.constantFrom(1, 1, 1, 1, 1, 2, 12),
  action: actions,
});

/** More than 25 of them do not fit into one request. */
function items(maxLength: number): fc.Arbitrary<Schedule['items']> {
  return fc.array(fc.array(fc.record({ name: fc.nat(nameCount - 1), value: fc.nat(valueCount - 1) }), { maxLength: 5, size: 'max' }), {
    minLength: 1,
    maxLength,
    size: 'max',
  });
}

/** Versions of all kinds: one of ten inserts other items. */
const allVersions: fc.Arbitrary<VersionSpec> = fc.oneof(
  { weight: 18, arbitrary: versions },
  { weight: 1, arbitrary: versionsWithOthers() },
  { weight: 1, arbitrary: versionsWithOthers({}, 'down') },
);

/** Random schedules. @param version which versions they run */
export function schedules(version: fc.Arbitrary<VersionSpec> = allVersions): fc.Arbitrary<Schedule> {
  return fc.record({
    version,
    items: fc.oneof({ weight: 30, arbitrary: items(maxItems) }, { weight: 1, arbitrary: items(60) }),
    segments: fc.integer({ min: 1, max: 2 }),
    pageSize: fc.constantFrom(1, 2, 3, 100),
    order: fc.nat(1_000_000),
    writeUnits: fc.constantFrom(undefined, undefined, undefined, 5),
    patience: fc.constantFrom(60_000, 60_000, 60_000, 300),
    interferences: fc.array(interferences, { maxLength: 12, size: 'max' }),
  });
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.constantFrom(false, false, false, true);
}
