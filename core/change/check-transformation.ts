import { countOf } from '../count-of.ts';
import { ItemError } from '../errors.ts';
import { fixtureLooks, type LookupFixtures } from '../lookup/fixture-looks.ts';
import { ownValue } from '../own-value.ts';
import { checkExports } from '../transformation/check-exports.ts';
import type { Direction, Item, TransformContext } from '../transformation/contract.ts';
import type { Look, LookOpener } from '../transformation/look.ts';
import type { DeclaredParameters } from '../transformation/parameters/declared-parameters.ts';
import { decodeImage, type Image } from '../values/attribute-value.ts';
import { encodeItem } from '../values/encode-value.ts';
import { NumberValue } from '../values/number-value.ts';
import type { KeyType, TableShape } from '../values/table-shape.ts';
import { afterUpdate, type FoundItem, type ItemDecision } from './change.ts';
import { fixturesInScope } from './fixtures-in-scope.ts';
import { collidingInserts, type DecidedItem } from './insert-targets.ts';
import { refuseOptions } from './refuse-options.ts';
import { type Trial, trialOf } from './trial/trial.ts';
import { isIrreversible, notGivenBack, notRestored } from './way-back.ts';

/** What the functions need beside the fixtures. */
export interface CheckOptions {
  /** Names of the table's key attributes, partition key first; needed if items are inserted, deleted or moved. */
  keys?: readonly string[];
  /**
   * Names of the key attributes of its indexes, by the names of indexes: `{ ByTenant: ['tenant', 'since'] }`. With `keys`, or the index that `only`
   * names, the functions are called for those fixtures that a run would find by `only`; otherwise for all.
   */
  indexes?: Readonly<Record<string, readonly string[]>>;
  /** Values for the parameters of the file, over its defaults; `context.startedAt` is 2026-01-01T00:00:00Z unless `context` says otherwise. */
  parameters?: Readonly<Record<string, unknown>>;
  /** What the functions use of their context, such as a preparation or a client. */
  context?: Partial<TransformContext>;
  /**
   * Rows that functions look up, by the names in the file's `lookups`: `{ prices: [{ id: 'p1', price: 3 }] }`. With `keys` (and `indexes`),
   * look-ups are checked as in a run: `{ prices: { rows: […], keys: ['id'] } }`. `self` has the fixtures themselves, unless it is given.
   */
  lookups?: LookupFixtures;
  /**
   * The tables in the file's `writes`: the names of their key attributes, and items that are there already:
   * `{ Emails: { keys: ['address'], items: [{ address: 'grace@navy.mil' }] } }`. In the table of the file, the fixtures are there.
   */
  writes?: Readonly<Record<string, WrittenFixture>>;
  /** True if down is meant to change items that up leaves and does not give back; otherwise they are problems (`DownChangesMore`). */
  downMayChangeMore?: boolean;
}

const optionNames = {
  keys: true,
  indexes: true,
  parameters: true,
  context: true,
  lookups: true,
  writes: true,
  downMayChangeMore: true,
} satisfies Record<keyof CheckOptions, true>;

/** Another table, into which the file inserts. */
export interface WrittenFixture {
  /** Names of its key attributes, partition key first. */
  keys: readonly string[];
  /** Items that are there already. */
  items?: readonly object[];
}

/** When the run of a check began: a moment that stays the same, and after which fixtures can be old. 2026-01-01T00:00:00Z, in milliseconds since 1970. */
const checkStartedAt = Date.UTC(2026, 0, 1);

/** What became of one fixture. */
export interface Checked {
  /** The fixture, as a transformation sees it. */
  before: Item;
  /** `changed` if the version would write; `kept` if what it adds exists already; otherwise `unchanged`. */
  outcome: ItemDecision['outcome'];
  /** The items in its place: itself, changed or not, and those inserted; none if it was deleted. */
  after: Item[];
  /** What is inserted into other tables, or changed there; left out if that is nothing. */
  elsewhere?: CheckedElsewhere[];
}

/** An item of another table as it is afterwards. */
export interface CheckedElsewhere {
  /** The logical name of the table. */
  table: string;
  item: Item;
}

/**
 * Applies a transformation to fixtures under the rules that the engine keeps: its footprint, that it finds nothing to do in its own
 * result, that down restores what up changed, and that it takes back only what up makes.
 *
 * @param exported the file: `import * as v3 from './v3_split_name.ts'`, or its default export if it is of the typed form
 * @returns what became of each item, in the order of `items`
 * @throws Error: when an item fails; lists every problem with the number of its item, as fixtures of a test are no secret
 */
export async function check(exported: object, items: readonly object[], options: CheckOptions = {}): Promise<Checked[]> {
  refuseOptions(options, Object.keys(optionNames));
  const transformation = { ...checkExports(exported, `fixture/v${sequenceOf(exported)}.ts`), file: undefined };
  const shape: TableShape = {
    ...shapeWith('fixture', options.keys ?? [], items, options.indexes),
    others: Object.fromEntries((transformation.declared.writes ?? []).map((name) => [name, shapeOfOther(name, options)])),
  };
  const there = shape.keys.length === 0 ? undefined : foundIn(items, options);
  const fixed = {
    table: 'fixture',
    tableName: 'fixture',
    dryRun: false,
    tableNameOf: (name: string) => name,
    documentClient: undefined,
    log: () => {},
    startedAt: checkStartedAt,
    parameters: await parametersFor(transformation.parameters, options.parameters),
  };
  const { look, ...given } = options.context ?? {};
  const { keys, indexes = {} } = options;
  const self = keys ? { rows: items, keys, indexes } : items;
  const looks = look ? fixedLook(look) : fixtureLooks(transformation.lookups, { self, ...options.lookups });
  const bind = (direction: Direction): Trial =>
    trialOf(transformation, shape, { ...fixed, sequence: transformation.sequence, ...given, direction, looks });
  const up = bind('up');
  const down: Trial = (image) => bind('down')(image);
  const { includes, problems } = fixturesInScope(transformation, shape, { ...fixed, ...given });
  const checked: Checked[] = [];
  const tried: (DecidedItem | undefined)[] = [];
  for (const [index, item] of items.entries()) {
    tried.push(undefined);
    try {
      const before = encodeItem(item);
      if (!includes(before)) {
        checked.push({ before: decodeImage(before), outcome: 'unchanged', after: [decodeImage(before)] });
        continue;
      }
      const { decision, images, asks } = await up(before, undefined, there);
      const { outcome } = decision;
      tried[index] = { image: before, decision, asks };
      checked.push({ before: decodeImage(before), outcome, after: images.map(decodeImage), ...elsewhereOf(decision) });
      // A deleted item can only come back from other items, which one fixture does not show.
      if (isIrreversible(transformation) || images.length === 0) continue;
      if (outcome !== 'changed') {
        const lost = transformation.transformDown && !transformation.seed && (await notGivenBack(before, { up, down, shape }));
        if (lost && lost.length > 0 && outcome === 'unchanged' && !options.downMayChangeMore)
          problems.push(
            `item ${index}: DownChangesMore: up leaves it, down would change it, and up does not give back ${lost.map((name) => `"${name}"`).join(', ')}. Let transformDown return undefined for the same items as transformUp, or give check the option downMayChangeMore.`,
          );
        continue;
      }
      const names = await notRestored(before, images, down);
      if (names.length > 0) problems.push(`item ${index}: down does not restore ${names.map((name) => `"${name}"`).join(', ')}`);
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      problems.push(`item ${index}: ${error.name}: ${error.message}${error.place ? ` (${error.place})` : ''}`);
    }
  }
  if (shape.keys.length > 0)
    for (const [index, { name, message }] of collidingInserts(tried, shape)) problems.push(`item ${index}: ${name}: ${message}`);
  if (problems.length > 0)
    throw new Error(`v${transformation.sequence} has ${countOf(problems.length, 'problem')}:\n${problems.join('\n')}`);
  return checked;
}

/** Keys are texts, except for those that are numbers or binary in a fixture. */
function shapeWith(
  name: string,
  keys: readonly string[],
  items: readonly object[] = [],
  indexes: Readonly<Record<string, readonly string[]>> = {},
): TableShape {
  const typed = (key: string) => ({ name: key, type: typeIn(items, key) });
  const indexKeys = Object.values(indexes)
    .flat()
    .filter((key) => !keys.includes(key));
  return {
    name,
    keys: keys.map(typed),
    indexKeys: Object.fromEntries(indexKeys.map((key) => [key, typeIn(items, key)])),
    indexes: Object.entries(indexes).map(([index, names]) => ({ name: index, kind: 'global', keys: names, projected: 'all' })),
  };
}

function typeIn(items: readonly object[], key: string): KeyType {
  const values = items.map((item): unknown => Object.entries(item).find(([name]) => name === key)?.[1]);
  if (values.some((value) => value instanceof Uint8Array)) return 'B';
  return values.some((value) => typeof value === 'number' || typeof value === 'bigint' || value instanceof NumberValue) ? 'N' : 'S';
}

function shapeOfOther(table: string, { writes = {} }: CheckOptions): TableShape {
  const given = ownValue(writes, table);
  if (given) return shapeWith(table, given.keys, given.items);
  throw new Error(`The version writes to ${table}. Give check the keys of that table: \`writes: { ${table}: { keys: ['…'] } }\`.`);
}

/** An item that cannot be stored is a problem of its own. */
function foundIn(items: readonly object[], { writes = {} }: CheckOptions): FoundItem[] {
  const own = items.flatMap((item): FoundItem[] => {
    try {
      return [{ image: encodeItem(item) }];
    } catch (error) {
      if (error instanceof ItemError) return [];
      throw error;
    }
  });
  const others = Object.entries(writes).flatMap(([table, given]) =>
    (given.items ?? []).map((item) => ({ table, image: encodeItem(item) })),
  );
  return [...own, ...others];
}

function elsewhereOf(decision: ItemDecision): Pick<Checked, 'elsewhere'> {
  const others = decision.outcome === 'changed' ? (decision.change.others ?? []) : [];
  const elsewhere = others.flatMap((other) => {
    if (other.table === undefined || (other.kind !== 'put' && other.kind !== 'update')) return [];
    const image = other.kind === 'put' ? other.image : afterUpdate(other.image, other.set, other.remove);
    return [{ table: other.table, item: decodeImage(image) }];
  });
  return elsewhere.length > 0 ? { elsewhere } : {};
}

/** A test's own double. */
function fixedLook(look: Look): LookOpener<Image> {
  return {
    open: () => ({ look, fault: undefined }),
    seeing() {
      return this;
    },
  };
}

/** @throws Error: when they are not what the file declares */
async function parametersFor(declared: DeclaredParameters | undefined, given: CheckOptions['parameters'] = {}) {
  if (!declared && Object.keys(given).length > 0) throw new Error('The file declares no parameters, and check is given some.');
  const completed = declared ? await declared.complete(given) : { values: {} };
  if ('values' in completed) return Object.freeze(completed.values);
  const problems = completed.problems.map(({ name, problem }) => (name === undefined ? `they ${problem}` : `"${name}" ${problem}`));
  throw new Error(`The parameters are not valid: ${problems.join('; ')}.`);
}

/** Of a file of either form; what is missing is found when its exports are checked. */
function sequenceOf(exported: { sequence?: unknown; default?: unknown }): string {
  const { sequence, default: whole } = exported;
  if (sequence === undefined && typeof whole === 'object' && whole !== null) return sequenceOf(whole);
  return String(sequence);
}
