import type { Clock } from '../clock.ts';
import type {
  GetOptions,
  Look,
  LookedUp,
  LookOpener,
  Lookups as LookupsDeclared,
  LookupTable,
  OpenedLook,
  Place,
  QueryOptions,
  SeenAs,
} from '../transformation/look.ts';
import { decodeImage, type Image } from '../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { holds, queryFrom } from './answer-from.ts';
import { BatchedGets } from './batched-gets.ts';
import { checkGet, checkQuery, type Subject } from './check-request.ts';
import { KeptAnswers } from './kept-answers.ts';
import { lookTemplate } from './look-template.ts';
import { type LookupPort, type LookupSource, type ReadBudget, unlimitedBudget } from './lookup-port.ts';
import { Queries } from './queries.ts';

export interface LookupsPorts extends Pick<LookupSource, 'port' | 'tableNameOf'> {
  clock: Pick<Clock, 'sleep' | 'random' | 'monotonic' | 'wall'>;
}

/** The table whose transformations look things up. */
export interface OwnTable {
  /** Logical name. */
  table: string;
  shape: TableShape;
}

/** A table that is read, with its gets and queries. */
interface OpenTable {
  shape: TableShape;
  strong: BatchedGets;
  eventual: BatchedGets;
  queries: Queries;
}

/** How a file looks things up in one table. */
interface Binding {
  subject: Subject;
  consistent: boolean;
  isKept: boolean;
  isOwn: boolean;
}

/** The look-ups of one worker, or of whatever else runs functions. Functions of all versions share its requests. */
export class Lookups {
  readonly #ports: LookupsPorts;
  readonly #tables = new Map<string, Promise<OpenTable>>();
  #kept = new KeptAnswers();
  #budget: ReadBudget = unlimitedBudget;
  #noteOwn: () => void = () => {};

  constructor(ports: LookupsPorts) {
    this.#ports = ports;
  }

  /** Answers that were kept are asked for again. */
  forget(): void {
    this.#kept = new KeptAnswers();
  }

  get budget(): ReadBudget {
    return this.#budget;
  }

  /** From now on, look-ups are paid from a budget. */
  paceBy(budget: ReadBudget): void {
    this.#budget = budget;
  }

  /** From now on, a look-up in the own table is told. */
  noteOwn(note: () => void): void {
    this.#noteOwn = note;
  }

  /**
   * Opens `look` for decisions: all calls within one decision get the same answers.
   *
   * @param declared what the file exports as `lookups`
   * @param inserted what the own table will have besides, by versions that are not applied yet
   */
  opener(declared: LookupsDeclared | undefined, own: OwnTable, seenAs?: SeenAs<Image>, inserted: readonly Image[] = []): LookOpener<Image> {
    const bindings = bindingsOf(declared, own);
    const template = lookTemplate(Object.keys(bindings));
    return {
      open: (place) => new Decision(this, bindings, template, own, { place, seenAs, inserted, keeps: true }),
      seeing: (seen) => this.opener(declared, own, seen, inserted),
    };
  }

  /** `look` for `prepare`, which may ask for more than memory holds: no answer is kept. */
  lookFor(declared: LookupsDeclared | undefined, own: OwnTable): Look {
    const bindings = bindingsOf(declared, own);
    return new Decision(this, bindings, lookTemplate(Object.keys(bindings)), own, { ...withoutVersions, place: undefined, keeps: false })
      .look;
  }

  /**
   * A table that is to be read.
   *
   * @throws Error: when it does not exist
   */
  table({ subject, isOwn }: Binding, own: OwnTable): Promise<OpenTable> {
    if (isOwn) this.#noteOwn();
    const key = isOwn ? 'self' : subject.table;
    const known = this.#tables.get(key);
    if (known) return known;
    const opened = this.#open(subject, isOwn ? own : undefined);
    this.#tables.set(key, opened);
    opened.catch(() => this.#tables.delete(key));
    return opened;
  }

  kept(text: string, ask: () => Promise<Image[]>): Promise<Image[]> {
    return this.#kept.get(text, ask);
  }

  async #open({ table }: Subject, own: OwnTable | undefined): Promise<OpenTable> {
    const { port, clock, tableNameOf } = this.#ports;
    const shape = own ? own.shape : await describe(table, await tableNameOf(table), port);
    const ports = { port, clock, budget: () => this.#budget };
    return {
      shape,
      strong: new BatchedGets(shape, true, ports),
      eventual: new BatchedGets(shape, false, ports),
      queries: new Queries(ports),
    };
  }
}

async function describe(table: string, tableName: string, port: LookupPort): Promise<TableShape> {
  const shape = await port.describe(tableName);
  if (shape) return shape;
  throw Object.assign(new Error(`There is no table "${tableName}" to look things up in (for ${table}).`), {
    name: 'ResourceNotFoundException',
  });
}

function bindingsOf(declared: LookupsDeclared = {}, { table }: OwnTable): Record<string, Binding> {
  const self: Binding = { subject: { name: 'self', table }, consistent: true, isKept: false, isOwn: true };
  const others = Object.entries(declared).map(([name, given]): [string, Binding] => {
    const { table: of, cache, consistent = true } = typeof given === 'string' ? { table: given } : given;
    return [name, { subject: { name, table: of }, consistent, isKept: cache === 'segment', isOwn: of === table }];
  });
  return Object.fromEntries([...others, ['self', self]]);
}

interface DecisionOptions {
  place: Place | undefined;
  seenAs: SeenAs<Image> | undefined;
  inserted: readonly Image[];
  /** Whether the same call gets the same answer. */
  keeps: boolean;
}

const withoutVersions = { seenAs: undefined, inserted: [] };

/** The look-ups of one decision. */
class Decision implements OpenedLook {
  fault: { error: unknown } | undefined;
  readonly #lookups: Lookups;
  readonly #bindings: Record<string, Binding>;
  readonly #template: object;
  readonly #own: OwnTable;
  readonly #options: DecisionOptions;
  #look: Look | undefined;
  #answers: Map<string, Promise<Image[]>> | undefined;

  constructor(lookups: Lookups, bindings: Record<string, Binding>, template: object, own: OwnTable, options: DecisionOptions) {
    this.#lookups = lookups;
    this.#bindings = bindings;
    this.#template = template;
    this.#own = own;
    this.#options = options;
  }

  get look(): Look {
    this.#look ??= this.#tables();
    return this.#look;
  }

  #tables(): Look {
    const look: { self: LookupTable; [name: string]: LookupTable } = Object.create(this.#template);
    for (const name in this.#bindings) look[name] = new DecisionTable(this, this.#bindings[name] as Binding);
    return look;
  }

  get<T>(binding: Binding, key: object, options: GetOptions | undefined): Promise<T | undefined> {
    return this.#hold(async () => {
      const table = await this.#lookups.table(binding, this.#own);
      const asked = checkGet(key, options, table.shape, binding.subject);
      const consistent = options?.consistent ?? binding.consistent;
      const text = keyText(asked);
      const [image] = await this.#once(`${binding.subject.name}|${consistent}|${text}`, () =>
        this.#seen(binding, `get|${binding.subject.table}|${consistent}|${text}`, async () => {
          const found = await (consistent ? table.strong : table.eventual).get(asked, text);
          return found ? [found] : [];
        }).then((images) => (images.length > 0 ? images : this.#insertedIn(binding).filter((item) => holds(item, asked)))),
      );
      return image && (decodeImage(image) as T);
    });
  }

  query<T>(binding: Binding, partition: object, options: QueryOptions | undefined): Promise<T[]> {
    return this.#hold(async () => {
      const table = await this.#lookups.table(binding, this.#own);
      const asked = checkQuery(partition, options, table.shape, binding.subject, binding.consistent);
      const { index, sortKey, reverse, limit, consistent } = asked;
      const condition = sortKey && [sortKey.comparison, ...sortKey.values.map((value) => keyText({ value }))];
      const text = JSON.stringify([index, keyText(asked.partition), condition, reverse, limit, consistent]);
      const images = await this.#once(`${binding.subject.name}|${text}`, () =>
        this.#seen(binding, `query|${binding.subject.table}|${text}`, () => table.queries.query(asked, text)).then((images) => {
          const inserted = queryFrom(this.#insertedIn(binding), asked, table.shape);
          return inserted.length === 0 ? images : queryFrom(withoutDoubles([...images, ...inserted], table.shape), asked, table.shape);
        }),
      );
      return images.map((image) => decodeImage(image) as T);
    });
  }

  /** Lets other functions run meanwhile, and keeps the first error, also if the function catches it. */
  #hold<T>(work: () => Promise<T>): Promise<T> {
    const { place } = this.#options;
    const held = place ? place.leaveFor(work) : work();
    // A function may leave its look-up alone, and must not end its process by that.
    held.catch((error: unknown) => {
      this.fault ??= { error };
    });
    return held;
  }

  #once(text: string, ask: () => Promise<Image[]>): Promise<Image[]> {
    if (!this.#options.keeps) return ask();
    this.#answers ??= new Map();
    const known = this.#answers.get(text);
    if (known) return known;
    const answer = ask();
    this.#answers.set(text, answer);
    return answer;
  }

  /** What the table does not have yet. */
  #insertedIn({ isOwn }: Binding): readonly Image[] {
    return isOwn ? this.#options.inserted : [];
  }

  async #seen({ isKept, isOwn }: Binding, text: string, ask: () => Promise<Image[]>): Promise<Image[]> {
    const images = await (isKept ? this.#lookups.kept(text, ask) : ask());
    const { seenAs } = this.#options;
    if (!isOwn || !seenAs) return images;
    const seen = await Promise.all(images.map(seenAs));
    return seen.filter((image) => image !== undefined);
  }
}

/** The first of those with the same key. */
function withoutDoubles(images: readonly Image[], shape: TableShape): Image[] {
  return [...new Map(images.toReversed().map((image) => [keyText(keyOf(shape, image)), image])).values()];
}

class DecisionTable implements LookupTable {
  readonly #decision: Decision;
  readonly #binding: Binding;

  constructor(decision: Decision, binding: Binding) {
    this.#decision = decision;
    this.#binding = binding;
  }

  get<T extends object = LookedUp>(key: object, options?: GetOptions): Promise<T | undefined> {
    return this.#decision.get<T>(this.#binding, key, options);
  }

  query<T extends object = LookedUp>(partition: object, options?: QueryOptions): Promise<T[]> {
    return this.#decision.query<T>(this.#binding, partition, options);
  }
}
