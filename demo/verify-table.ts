import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { ApplicationModel, ModelledItem } from './application/application-model.ts';
import type { Item } from './item.ts';
import { keyText } from './key-of.ts';
import { sameValue } from './same-value.ts';

export interface Expectation {
  readonly table: string;
  readonly keyAttributes: readonly string[];
  /** The oracle of an application that makes no write meanwhile: paused or stopped. */
  readonly model: Pick<ApplicationModel, 'items' | 'deleted' | 'uncertain'>;
  /** All attributes that the transformations declare in `adds`, whether applied now or rolled back. */
  readonly declared: readonly string[];
  /** Which of them an item of the model must have now, and with which values. */
  newShape(item: Item): Item;
}

/** How many items have a fault, and the keys (and attributes) of the first few. */
export interface Finding {
  readonly count: number;
  readonly examples: readonly string[];
}

/** The kinds of faults of an item. */
export interface Findings {
  /** The application's own last value of an attribute is not there. */
  readonly lostUpdates: Finding;
  /** Deleted by the application, but in the table. */
  readonly resurrectedItems: Finding;
  /** Not deleted by the application, but not in the table. */
  readonly missingItems: Finding;
  /** A declared attribute is missing where it should be. */
  readonly itemsWithoutNewShape: Finding;
  /** A declared attribute has a wrong value, or is present although it should not be. */
  readonly wrongValues: Finding;
  /** An attribute that is not declared and that the application did not write differs, or the table has an item that the application never wrote. */
  readonly undeclaredChanges: Finding;
}

type Fault = keyof Findings;

/** The result of comparing the table with the model. An item is counted once for each kind of fault. */
export interface Verification extends Findings {
  /** No fault of any kind. */
  readonly ok: boolean;
  /** Items read. */
  readonly items: number;
  /** Items that should have attributes of the new shape, and have all of them. */
  readonly itemsWithNewShape: number;
  /** Keys left out, because the outcome of a write on them is unknown. */
  readonly uncertain: number;
}

const segments = 4;
const examplesKept = 5;

/** Reads the whole table, strongly consistent and in parallel, and compares every item with the model bit for bit. */
export async function verifyTable(client: DynamoDBClient, expectation: Expectation): Promise<Verification> {
  const { table, keyAttributes, model } = expectation;
  const none = () => ({ count: 0, examples: [] as string[] });
  const findings = {
    lostUpdates: none(),
    resurrectedItems: none(),
    missingItems: none(),
    itemsWithoutNewShape: none(),
    wrongValues: none(),
    undeclaredChanges: none(),
  } satisfies Findings;
  const report = (fault: Fault, example: string): void => {
    const finding = findings[fault];
    finding.count += 1;
    if (finding.examples.length < examplesKept) finding.examples.push(example);
  };
  const seen = new Set<string>();
  let itemsWithNewShape = 0;

  const compare = (item: Item): void => {
    const key = keyText(item, keyAttributes);
    seen.add(key);
    if (model.uncertain.has(key)) return;
    const modelled = model.items.get(key);
    if (!modelled) {
      report(model.deleted.has(key) ? 'resurrectedItems' : 'undeclaredChanges', key);
      return;
    }
    const differences = differencesOf(item, modelled, expectation);
    for (const [fault, names] of differences) report(fault, `${key} ${names.join(', ')}`);
    const newShape = expectation.newShape(modelled.item);
    if (Object.keys(newShape).length > 0 && !differences.has('itemsWithoutNewShape')) itemsWithNewShape += 1;
  };

  await Promise.all(
    Array.from({ length: segments }, async (_, segment) => {
      const scan = { TableName: table, ConsistentRead: true, Segment: segment, TotalSegments: segments };
      for await (const page of paginateScan({ client }, scan)) page.Items?.forEach(compare);
    }),
  );
  for (const key of model.items.keys()) if (!seen.has(key)) report('missingItems', key);

  return {
    ...findings,
    ok: Object.values(findings).every(({ count }) => count === 0),
    items: seen.size,
    itemsWithNewShape,
    uncertain: model.uncertain.size,
  };
}

/** The names of the attributes that are not as they should be, by kind of fault. */
function differencesOf(item: Item, { item: expected, written }: ModelledItem, { declared, newShape }: Expectation): Map<Fault, string[]> {
  const differences = new Map<Fault, string[]>();
  const add = (fault: Fault, name: string) => differences.set(fault, [...(differences.get(fault) ?? []), name]);

  const shape = newShape(expected);
  for (const name of declared) {
    if (sameValue(item[name], shape[name])) continue;
    add(item[name] === undefined ? 'itemsWithoutNewShape' : 'wrongValues', name);
  }
  for (const name of new Set([...Object.keys(item), ...Object.keys(expected)])) {
    if (declared.includes(name) || sameValue(item[name], expected[name])) continue;
    add(written.has(name) ? 'lostUpdates' : 'undeclaredChanges', name);
  }
  return differences;
}
