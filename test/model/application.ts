import { type AttributeValue, decodeImage, type Image } from '../../core/values/attribute-value.ts';
import { imageText } from './image-text.ts';
import { childSuffix, newKeyPrefix, secondTable, type Version } from './version.ts';

/** One write of the live application: atomic, and with an outcome that the application sees. */
export interface ApplicationWrite {
  /** The logical name of another table; undefined for the version's own. */
  table?: string | undefined;
  key: Image;
  /** The name in the printed schedule. */
  label: string;
  apply(image: Image | undefined): { image: Image | undefined; outcome: 'done' | 'refused' };
}

export const writeKinds = [
  'put',
  'putIfFree',
  'set',
  'setIfPresent',
  'remove',
  'setKeepingBothShapes',
  'count',
  'delete',
  'deleteIfPresent',
  'reinsert',
  'setAndBack',
] as const;

/** A write as a schedule names it: indices into the small world of the model. */
export interface WriteSpec {
  kind: (typeof writeKinds)[number];
  /** The key of the item at hand, its child's, or the one that a new version gives it: that of its child in the second table, if it has one. */
  place: 'own' | 'child' | 'new';
  name: number;
  value: number;
}

const values: readonly AttributeValue[] = [
  { S: 'p' },
  { S: 'q' },
  { S: 'from p' },
  { S: 'p~' },
  { NULL: true },
  { N: '1' },
  { BOOL: true },
  { SS: ['m', 'n'] },
  { M: { k: { N: '7' }, l: { L: [] } } },
  { S: '' },
];
/** More than there are names in a version. */
export const nameCount = 24;
export const valueCount = values.length;
/** The first of them are texts. */
const keyValueCount = 4;

/** The key of an item of the table. */
export function itemKey(version: Version, item: number): Image {
  // A table that goes down holds items under their new keys.
  const id = version.direction === 'down' && version.spec.rekeys ? `${newKeyPrefix}${item}` : String(item);
  return version.spec.sortKey ? { id: { S: id }, sort: { N: String(item) } } : { id: { S: id } };
}

/** The key that belongs to another one. */
function keyAt(place: WriteSpec['place'], own: Image): Image {
  const id = own['id'] && 'S' in own['id'] ? own['id'].S : '';
  const other = id.startsWith(newKeyPrefix) ? id.slice(newKeyPrefix.length) : `${newKeyPrefix}${id}`;
  return { ...own, id: { S: { own: id, child: `${id}${childSuffix}`, new: other }[place] } };
}

/** An item of the table as the run finds it. */
export function itemImage(version: Version, item: number, attributes: readonly { name: number; value: number }[]): Image {
  return {
    ...itemKey(version, item),
    ...(version.spec.versionAttribute && item !== 1 ? { version: { N: '0' } } : {}),
    ...Object.fromEntries(attributes.map(({ name, value }) => [nameAt(version, name), valueFor(nameAt(version, name), value)])),
  };
}

/** The writes of the application that a schedule names: most are one, `reinsert` and `setAndBack` are two in a row. */
export function writesOf(
  version: Version,
  own: Image,
  spec: WriteSpec,
  presentAt: (key: Image, table: string | undefined) => Image | undefined,
  nextVersion: () => string,
): ApplicationWrite[] {
  const table = version.spec.others && spec.place === 'new' ? secondTable : undefined;
  const key = table === undefined ? keyAt(spec.place, own) : { id: keyAt('child', own)['id'] ?? { S: '' } };
  const name = nameAt(version, spec.name);
  const value = valueFor(name, spec.value);
  const whole = { ...key, a: valueAt(spec.value), [name]: valueFor(name, spec.name) };
  const write = (label: string, change: (present: Image | undefined) => Image | undefined | 'refused'): ApplicationWrite => {
    const counted = version.spec.versionAttribute ? { version: { N: nextVersion() } } : {};
    return {
      table,
      key,
      label: `${label} on ${table === undefined ? '' : `${table} `}${imageText(key)}`,
      apply: (present) => {
        const after = change(present);
        if (after === 'refused') return { image: present, outcome: 'refused' };
        return { image: after && { ...after, ...counted }, outcome: 'done' };
      },
    };
  };
  const assignment = `${name} = ${JSON.stringify(value)}`;
  const set = write(`sets ${assignment}`, (present) => ({ ...key, ...present, [name]: value }));
  const put = write(`puts ${JSON.stringify(whole)}`, () => whole);
  const remove = write(`removes ${name}`, (present) => without({ ...key, ...present }, name));
  const deletion = write('deletes', () => undefined);
  switch (spec.kind) {
    case 'put':
      return [put];
    case 'putIfFree':
      return [write(`puts if free ${JSON.stringify(whole)}`, (present) => (present ? 'refused' : whole))];
    case 'set':
      return [set];
    case 'setIfPresent':
      return [write(`sets if present ${assignment}`, (present) => (present ? { ...present, [name]: value } : 'refused'))];
    case 'remove':
      return [remove];
    case 'setKeepingBothShapes': {
      const source = version.spec.prefersNick ? 'nick' : 'a';
      const label = `sets ${source} = ${JSON.stringify(value)}, and what derives from it where it is there`;
      return [write(label, (present) => (present ? keepingBothShapes(version, { ...present, [source]: value }) : 'refused'))];
    }
    case 'count':
      return [write('counts', (present) => ({ ...key, ...present, count: { N: String(countOf(present) + 1) } }))];
    case 'delete':
      return [deletion];
    case 'deleteIfPresent':
      return [write('deletes if present', (present) => (present ? undefined : 'refused'))];
    case 'reinsert':
      return [deletion, put];
    case 'setAndBack': {
      const before = presentAt(key, table)?.[name];
      return [set, before ? write(`sets ${name} back`, (present) => ({ ...key, ...present, [name]: before })) : remove];
    }
  }
}

/** The rules of docs/process.md for live code: it works with the old shape, and updates the new shape if the item has it. */
function keepingBothShapes(version: Version, image: Image): Image {
  const derived = [...version.derived(decodeImage(image))].filter(([name]) => Object.hasOwn(image, name));
  return { ...image, ...Object.fromEntries(derived.map(([name, text]) => [name, { S: text }])) };
}

function countOf(image: Image | undefined): number {
  const count = image?.['count'];
  return count && 'N' in count ? Number(count.N) : 0;
}

function without(image: Image, name: string): Image {
  return Object.fromEntries(Object.entries(image).filter(([other]) => other !== name));
}

function nameAt({ names }: Version, index: number): string {
  return names[index % names.length] ?? 'a';
}

/** DynamoDB refuses other values in the key of an index. */
function valueFor(name: string, index: number): AttributeValue {
  return valueAt(name === 'g' ? index % keyValueCount : index);
}

function valueAt(index: number): AttributeValue {
  return values[index % values.length] ?? { NULL: true };
}
