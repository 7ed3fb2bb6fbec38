/**
 * Which items a pass is about, as the ledger records it. The partitions stand in the code, or follow from it and the preparation: their values
 * can be item data.
 */
export interface ScopeRef {
  /** `partitions` of the table or of an index, or all of an `index`. */
  kind: 'partitions' | 'index';
  /** Its name; undefined if the table itself is read. */
  index?: string | undefined;
  /** Milliseconds that a pass waits before it begins, because the index lags behind the table; undefined if nothing lags. */
  lagMs?: number | undefined;
  /** Number of partitions, without repetitions; undefined until the preparation is known on which they depend. */
  partitions?: number | undefined;
  /** Of the partitions and of the condition on the sort key; undefined like `partitions`. */
  checksum?: string | undefined;
  /** Max segments that are worth a worker. */
  segments: number;
}

/** How long a pass over a global index waits before it begins, so that the index shows what was written before, in milliseconds. */
export const indexLagMs = 10_000;

/**
 * Until when a pass must not begin, in wall-clock milliseconds. A pass over an index begins when the index shows what was written before: if it
 * began earlier, a clean pass would not prove that all items in the index are done.
 *
 * @param quietUntil until when it must not begin for other reasons
 */
export function untilIndexShows(scope: ScopeRef | undefined, quietUntil: number | undefined, now: number): number | undefined {
  return scope?.lagMs ? Math.max(quietUntil ?? 0, now + scope.lagMs) : quietUntil;
}

/** The number of segments of a pass. @param totalSegments of the run */
export function segmentsWithin(scope: Pick<ScopeRef, 'segments'> | undefined, totalSegments: number): number {
  return scope ? Math.max(1, Math.min(scope.segments, totalSegments)) : totalSegments;
}

/** What a version remembers of a scope with which a run up wrote; `all` for all items of the table. */
export type KnownScope = Pick<ScopeRef, 'index' | 'checksum'> | 'all';

/**
 * The scopes with which runs up wrote a version, when one more run begins it. Undefined if each of them was about all items.
 *
 * @param before undefined for a version that the table does not have
 */
export function withScope(
  before: { scopes?: readonly KnownScope[] | undefined } | undefined,
  scope: ScopeRef | undefined,
): KnownScope[] | undefined {
  const known: readonly KnownScope[] = before ? (before.scopes ?? ['all']) : [];
  const now: KnownScope = scope ? { index: scope.index, checksum: scope.checksum } : 'all';
  const scopes = known.some((one) => isSameScope(one, now)) ? [...known] : [...known, now];
  // Two tell as much as more: there is not one by which all items are found.
  return scopes.every((one) => one === 'all') ? undefined : scopes.slice(0, 2);
}

export function isSameScope(a: KnownScope, b: KnownScope): boolean {
  if (a === 'all' || b === 'all') return a === b;
  return a.index === b.index && a.checksum === b.checksum;
}

/** Its partitions depend on a preparation that is not known yet. */
export function isUnresolved({ kind, checksum }: ScopeRef): boolean {
  return kind === 'partitions' && checksum === undefined;
}

/** As far as is known before the preparation is. */
export function mayBeSameScope(held: ScopeRef | undefined, asked: ScopeRef | undefined): boolean {
  if (!held || !asked) return held === asked;
  return isUnresolved(held) || isUnresolved(asked) ? held.index === asked.index : isSameScope(held, asked);
}
