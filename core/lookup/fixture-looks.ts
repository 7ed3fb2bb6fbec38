import { ItemError } from '../errors.ts';
import type {
  Look,
  LookedUp,
  LookOpener,
  Lookups as LookupsDeclared,
  LookupTable,
  OpenedLook,
  QueryOptions,
} from '../transformation/look.ts';
import { decodeImage, type Image } from '../values/attribute-value.ts';
import { encode, encodeItem } from '../values/encode-value.ts';
import type { Index, KeyType, TableShape } from '../values/table-shape.ts';
import { holds, queryFrom } from './answer-from.ts';
import { checkGet, checkQuery, type Subject } from './check-request.ts';
import { lookTemplate } from './look-template.ts';
import { misuse } from './misuse.ts';

/** The items of a table that a file looks things up in. With its keys, look-ups are checked as in a run, and sort keys are known. */
export interface LookupFixture {
  /** Its items. */
  rows: readonly object[];
  /** Names of its key attributes, partition key first. */
  keys?: readonly string[];
  /** Names of the key attributes of its indexes, partition key first. */
  indexes?: Readonly<Record<string, readonly string[]>>;
}

/** Rows by the names in the file's `lookups`, and `self`. */
export type LookupFixtures = Readonly<Record<string, readonly object[] | LookupFixture>>;

/** `look` over fixtures, for a team's tests. */
export function fixtureLooks(declared: LookupsDeclared | undefined, fixtures: LookupFixtures): LookOpener<Image> {
  const subjects = [
    { name: 'self', table: 'self' },
    ...Object.entries(declared ?? {}).map(([name, given]) => ({ name, table: tableIn(given) })),
  ];
  for (const name of Object.keys(fixtures))
    if (!subjects.some((subject) => subject.name === name))
      throw new Error(`check has fixtures for look.${name}, and the file does not declare it in \`lookups\`.`);
  const tables = subjects.map((subject) => ({ subject, rows: rowsOf(subject, fixtures[subject.name]) }));
  const template = lookTemplate(subjects.map(({ name }) => name));
  return {
    open: () => {
      const opened: { fault: OpenedLook['fault'] } = { fault: undefined };
      const note = (error: unknown): void => {
        opened.fault ??= { error };
      };
      const [self, ...others] = tables.map(({ subject, rows }) => new FixtureTable(subject, rows, note));
      if (!self) throw new TypeError('self is the first');
      const look: Look = Object.assign(Object.create(template), Object.fromEntries(others.map((table) => [table.name, table])), { self });
      return Object.assign(opened, { look });
    },
    seeing() {
      return this;
    },
  };
}

/** Rows as images, and the shape of their table if its keys are known; undefined if there are none. */
interface Rows {
  images: readonly Image[];
  shape: TableShape | undefined;
}

/** Made when they are needed: the fixtures themselves may be wrong, and are then reported one by one. */
function rowsOf({ table }: Subject, fixture: LookupFixtures[string] | undefined): () => Rows | undefined {
  let made: Rows | undefined;
  return () => {
    if (made || !fixture) return made;
    const { rows, keys, indexes = {} }: LookupFixture = isRows(fixture) ? { rows: fixture } : fixture;
    const images = rows.map((row) => encodeItem(row));
    made = { images, shape: keys && shapeOf(table, images, keys, indexes) };
    return made;
  };
}

class FixtureTable implements LookupTable {
  readonly name: string;
  readonly #subject: Subject;
  readonly #rows: () => Rows | undefined;
  readonly #note: (error: unknown) => void;

  constructor(subject: Subject, rows: () => Rows | undefined, note: (error: unknown) => void) {
    this.name = subject.name;
    this.#subject = subject;
    this.#rows = rows;
    this.#note = note;
  }

  get<T extends object = LookedUp>(key: object, options?: object): Promise<T | undefined> {
    return this.#answer(({ images, shape }) => {
      const asked = shape ? checkGet(key, options, shape, this.#subject) : asImage(key, `look.${this.name}.get`);
      const found = images.find((row) => holds(row, asked));
      return found && (decodeImage(found) as T);
    });
  }

  query<T extends object = LookedUp>(partition: object, options: QueryOptions = {}): Promise<T[]> {
    return this.#answer(({ images, shape }) => {
      const found = shape
        ? queryFrom(images, checkQuery(partition, options, shape, this.#subject, true), shape)
        : this.#withoutKeys(images, partition, options);
      return found.map((row) => decodeImage(row) as T);
    });
  }

  #withoutKeys(rows: readonly Image[], partition: object, { sortKey, reverse, limit }: QueryOptions): Image[] {
    if (sortKey !== undefined)
      throw new Error(
        `look.${this.#subject.name}.query has a condition on the sort key, which check does not know. Give its keys: \`lookups: { ${this.#subject.name}: { rows: […], keys: ['pk', 'sk'] } }\`, with \`indexes: { name: ['pk', 'sk'] }\`.`,
      );
    const asked = asImage(partition, `look.${this.name}.query`);
    const found = rows.filter((row) => holds(row, asked));
    return (reverse ? found.reverse() : found).slice(0, limit);
  }

  async #answer<T>(of: (rows: Rows) => T): Promise<T> {
    try {
      const rows = this.#rows();
      if (!rows)
        throw new Error(
          `The function uses look.${this.#subject.name}, for which check has no rows. Give them: \`lookups: { ${this.#subject.name}: […] }\`.`,
        );
      return of(rows);
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }
}

/** What is asked for if keys are not known. @throws ItemError TransformThrew: when DynamoDB could not store it, so that no item has it */
function asImage(asked: object, call: string): Image {
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined) throw misuse(`${call} was called without "${name}": its value is undefined.`);
    try {
      encode(value, name);
    } catch (error) {
      throw error instanceof ItemError ? misuse(`${call} was called with a value for "${name}" that no item can have.`) : error;
    }
  }
  return encodeItem(asked);
}

/** Types are those of the rows. */
function shapeOf(
  name: string,
  rows: readonly Image[],
  keys: readonly string[],
  indexes: Readonly<Record<string, readonly string[]>>,
): TableShape {
  const typeOf = (attribute: string): KeyType => {
    const value = rows.find((row) => Object.hasOwn(row, attribute))?.[attribute];
    return value && 'N' in value ? 'N' : value && 'B' in value ? 'B' : 'S';
  };
  const named = Object.entries(indexes).map(
    ([index, of]): Index => ({ name: index, kind: of[0] === keys[0] ? 'local' : 'global', keys: of, projected: 'all' }),
  );
  return {
    name,
    keys: keys.map((key) => ({ name: key, type: typeOf(key) })),
    indexKeys: Object.fromEntries(named.flatMap((index) => index.keys).map((key) => [key, typeOf(key)])),
    indexes: named,
  };
}

function isRows(fixture: LookupFixtures[string] | undefined): fixture is readonly object[] {
  return Array.isArray(fixture);
}

function tableIn(given: LookupsDeclared[string]): string {
  return typeof given === 'string' ? given : given.table;
}
