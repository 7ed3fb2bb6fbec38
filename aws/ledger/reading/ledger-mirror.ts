import type { AskedRecords, DirectRequests, LedgerRequests, RawRecord } from './ledger-requests.ts';

/**
 * What a record says:
 *
 * - `control`: the control of a run, and what was claimed under its limits
 * - `saves`: checkpoints of a pass that is under way
 * - `settled`: checkpoints of a pass that was settled: read once more, and never again
 * - `table`: the lock, versions and runs of a table, which change by decisions and by operators
 * - `holds`: the hold of a table, and acknowledged warnings
 * - `rest`: everything else
 */
export type RecordKind = 'control' | 'saves' | 'settled' | 'table' | 'holds' | 'rest';

/** For each kind, milliseconds after which it is to be read again. What is over its age by the largest factor is read first. */
export type RecordAges = Readonly<Record<RecordKind, number>>;

interface Held {
  kind: RecordKind;
  ask(): Promise<RawRecord[]>;
  records: Promise<RawRecord[]>;
  /** When it was read, by the monotonic clock. */
  at: number;
  /** The last look that used it. */
  look: number;
  isFinal: boolean;
}

/** Runs of a table that are read together with its versions. */
const runsTogether = 20;
/** Max milliseconds between two looks: after a longer pause, what changes is dropped, and read again. */
const maxRestMs = 60_000;

/**
 * The records of one table in the ledger, as they were read: for somebody who looks at them again and again, and decides nothing by them.
 *
 * 1. What a look asks for the first time is read at once. What stands together in the ledger is read by one Query.
 * 2. After that, a look gets what is held. {@link refresh} reads the one thing again that is most overdue, of what the last look used.
 * 3. If that shows that a decision was taken meanwhile, all that decisions change is dropped, so that the next look reads it at once, as a whole.
 */
export class LedgerMirror implements LedgerRequests {
  readonly #requests: DirectRequests;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  #look = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** How many records hold all versions and the newest runs. */
  #together = 2 * runsTogether;

  /** @param now monotonic milliseconds */
  constructor(requests: DirectRequests, now: () => number) {
    this.#requests = requests;
    this.#now = now;
  }

  async get(key: { pk: string; sk: string }): Promise<RawRecord | undefined> {
    const { pk, sk } = key;
    if (standsTogether(pk)) return (await this.#all(pk)).find((record) => record['sk']?.S === sk);
    if (pk.startsWith('table#') && sk.startsWith('run#')) {
      const found = (await this.#newest(pk)).find((record) => record['sk']?.S === sk);
      if (found) return found;
    }
    const [record] = await this.#hold(`${pk} ${sk}`, kindOf(pk), async () => {
      const read = await this.#requests.get(key);
      return read ? [read] : [];
    });
    return record;
  }

  async query(asked: AskedRecords): Promise<RawRecord[]> {
    const { pk, prefix, limit = Number.POSITIVE_INFINITY, newestFirst = false, areFinal = false } = asked;
    if (pk.startsWith('table#') && (prefix === 'version#' || (prefix === 'run#' && newestFirst && limit <= runsTogether))) {
      const records = (await this.#newest(pk)).filter((record) => record['sk']?.S?.startsWith(prefix));
      return newestFirst ? records.slice(0, limit) : records.toReversed();
    }
    const id = `${pk} ${prefix}* ${newestFirst} ${limit}`;
    const ask = (): Promise<RawRecord[]> => this.#requests.query({ ...asked, areFinal: undefined });
    return areFinal ? this.#settled(id, ask) : this.#hold(id, kindOf(pk), ask);
  }

  /** By how much what is most overdue is over its age: 1 if it is just old enough, infinite before the first look. */
  due(ages: RecordAges): number {
    if (this.#lookedAt === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return Math.max(0, ...this.#used().map((held) => this.#overdue(held, ages)));
  }

  /** Begins a look, and reads the one thing again that is most overdue, if anything is. */
  async refresh(ages: RecordAges): Promise<void> {
    const used = this.#beginLook();
    const [stalest] = used.toSorted((a, b) => this.#overdue(b, ages) - this.#overdue(a, ages));
    if (!stalest || this.#overdue(stalest, ages) < 1) return;
    const before = await stalest.records;
    const at = this.#now();
    const records = await stalest.ask();
    Object.assign(stalest, { records: Promise.resolve(records), at, isFinal: stalest.kind === 'settled' });
    if (decided(stalest.kind, records) !== decided(stalest.kind, before)) this.#dropDecided(stalest);
  }

  /** Milliseconds since the oldest thing was read that the last look used and that still changes; undefined before the first look. */
  get ageMs(): number | undefined {
    const ages = this.#used().flatMap(({ at, kind }) => (kind === 'settled' ? [] : [this.#now() - at]));
    return ages.length === 0 ? undefined : Math.max(...ages);
  }

  /** Begins a look in which nothing is older than this. */
  open(ms: number): void {
    this.#beginLook();
    for (const [id, { at, kind }] of this.#held) if (kind !== 'settled' && this.#now() - at > ms) this.#held.delete(id);
  }

  /** Something was done that changes records of a kind: they are the next to be read. */
  outdate(kind: RecordKind): void {
    for (const held of this.#held.values()) if (held.kind === kind) held.at = Number.NEGATIVE_INFINITY;
  }

  #all(pk: string): Promise<RawRecord[]> {
    return this.#hold(pk, kindOf(pk), () => this.#requests.query({ pk, prefix: '' }));
  }

  /** The versions and the newest runs of a table: their sort keys are the last ones of its partition. */
  #newest(pk: string): Promise<RawRecord[]> {
    return this.#hold(pk, 'table', async () => {
      for (;;) {
        const records = await this.#requests.last({ pk, from: 'run#', limit: this.#together });
        const runs = records.filter((record) => record['sk']?.S?.startsWith('run#')).length;
        if (records.length < this.#together || runs >= runsTogether) return records;
        this.#together *= 2;
      }
    });
  }

  /** Checkpoints of a pass that was settled are the last to be read: until then a look gets what was read before, or none. */
  #settled(id: string, ask: Held['ask']): Promise<RawRecord[]> {
    const held = this.#held.get(id) ?? {
      ...{ ask, records: Promise.resolve([]), at: this.#now(), look: this.#look, isFinal: false, kind: 'settled' as const },
    };
    Object.assign(held, { kind: 'settled', look: this.#look });
    this.#held.set(id, held);
    return held.records;
  }

  #hold(id: string, kind: RecordKind, ask: Held['ask']): Promise<RawRecord[]> {
    const known = this.#held.get(id);
    if (known) {
      known.look = this.#look;
      return known.records;
    }
    const held: Held = { kind, ask, records: ask(), at: this.#now(), look: this.#look, isFinal: false };
    this.#held.set(id, held);
    held.records.catch(() => {
      if (this.#held.get(id) === held) this.#held.delete(id);
    });
    return held.records;
  }

  /** @returns what the last look used */
  #beginLook(): Held[] {
    if (this.#now() - this.#lookedAt > maxRestMs) this.#forget();
    const used = this.#used();
    this.#look++;
    this.#lookedAt = this.#now();
    return used;
  }

  #used(): Held[] {
    return [...this.#held.values()].filter(({ look }) => look === this.#look);
  }

  #overdue({ kind, at, isFinal }: Held, ages: RecordAges): number {
    return isFinal ? 0 : (this.#now() - at) / ages[kind];
  }

  #forget(): void {
    for (const [id, { isFinal }] of this.#held) if (!isFinal) this.#held.delete(id);
  }

  #dropDecided(read: Held): void {
    for (const [id, held] of this.#held) if (held !== read && !['saves', 'settled', 'holds'].includes(held.kind)) this.#held.delete(id);
  }
}

/** True of partitions whose few records are read by one Query. */
function standsTogether(pk: string): boolean {
  return pk.startsWith('holds#') || (pk.startsWith('run#') && pk.endsWith('#control'));
}

function kindOf(pk: string): RecordKind {
  if (pk.startsWith('checkpoints#')) return 'saves';
  if (pk.startsWith('table#')) return 'table';
  if (pk.startsWith('holds#')) return 'holds';
  return standsTogether(pk) ? 'control' : 'rest';
}

/** What differs after each decision. Workers and operators change the rest of a control without one. */
function decided(kind: RecordKind, records: readonly RawRecord[]): string {
  if (kind === 'table') return JSON.stringify(records);
  if (kind !== 'control') return '';
  const control = records.find((record) => record['sk']?.S === 'control');
  return JSON.stringify([control?.['decisionNumber'], control?.['fence'], control?.['ended']]);
}
