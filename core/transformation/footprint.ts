import type { Declared, Direction } from './contract.ts';

/** What a file declares that it may change, in one direction. */
export interface Footprint {
  /** Set only if missing: an existing value always stays. */
  fills: ReadonlySet<string>;
  /** Created or changed. */
  sets: ReadonlySet<string>;
  removes: ReadonlySet<string>;
  inserts: boolean;
  deletes: boolean;
  /** Logical names of other tables into which items may be inserted. */
  writes?: ReadonlySet<string> | undefined;
  /** What it was made of. */
  declared: Declared;
  direction: Direction;
}

/** Down is the mirror of up: it may remove what up may create, put back what up may remove, and change what up may change. */
export function footprintOf(declared: Declared, direction: Direction): Footprint {
  return direction === 'up'
    ? {
        fills: new Set(declared.adds),
        sets: new Set(declared.overwrites),
        removes: new Set(declared.removes),
        inserts: declared.inserts,
        deletes: declared.deletes,
        ...(declared.writes ? { writes: new Set(declared.writes) } : {}),
        declared,
        direction,
      }
    : {
        // What may be changed as well may be put back over another value.
        fills: new Set(declared.removes.filter((name) => !declared.overwrites.includes(name))),
        sets: new Set(declared.overwrites),
        removes: new Set([...declared.adds, ...declared.overwrites]),
        inserts: declared.deletes,
        deletes: declared.inserts,
        declared,
        direction,
      };
}

/** Every attribute name in a footprint. */
export function namesOf(footprint: Footprint): ReadonlySet<string> {
  const names = known.get(footprint) ?? new Set([...footprint.fills, ...footprint.sets, ...footprint.removes]);
  known.set(footprint, names);
  return names;
}

/** A cache, as the names are needed for each item. */
const known = new WeakMap<Footprint, ReadonlySet<string>>();

/** True if a version only adds attributes: repeating it is harmless, and its way back can be derived. */
export function onlyAdds(declared: Declared): boolean {
  return declared.overwrites.length === 0 && declared.removes.length === 0 && !insertsOrDeletes(declared);
}

/** True if a version writes other items than those that its function is called for, or deletes items. */
export function insertsOrDeletes({ inserts, deletes, writes = [] }: Declared): boolean {
  return inserts || deletes || writes.length > 0;
}

/**
 * True if the way back of a version can be derived: what it adds is removed, and what it inserts is deleted, if the way up gives it again. With
 * `inserts: true`, a file leaves it to its transformDown.
 */
export function isDerivable(declared: Declared): boolean {
  const { overwrites, removes, inserts, deletes, onExisting } = declared;
  return overwrites.length === 0 && removes.length === 0 && !deletes && (!inserts || onExisting !== undefined);
}
