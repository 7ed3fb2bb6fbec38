import { coordinatesOf, wordsOf } from '../city-item.ts';
import type { Item } from '../item.ts';
import type { ApplicationDescription, Draw } from './application-description.ts';

/** Above all ids of GeoNames, so that a new city never takes the key of a loaded one. */
const firstNewCityId = 1_000_000_000;

function between(min: number, max: number, { random }: Draw): number {
  return min + Math.floor(random() * (max - min));
}

function newName({ serial }: Draw): Pick<Item, string> {
  const name = `Nouvelle Cité ${serial}`;
  return { name: { S: name }, nameWords: { SS: wordsOf(name) } };
}

function newPlace(draw: Draw) {
  return coordinatesOf(between(-18_000_000, 18_000_000, draw) / 1e5, between(-9_000_000, 9_000_000, draw) / 1e5);
}

function newCity(key: Item, draw: Draw): Item {
  return {
    ...key,
    ...newName(draw),
    featureCode: { S: 'PPL' },
    adminCode: { S: draw.random() < 0.1 ? '' : String(between(1, 20, draw)).padStart(2, '0') },
    population: { N: String(1_000 + draw.serial) },
    loc: { M: { type: { S: 'Point' }, coordinates: newPlace(draw) } },
    visits: { N: '0' },
  };
}

/** An application about the world's cities, with all kinds of writes to items. */
export function citiesApplication(table = 'Cities'): ApplicationDescription {
  return {
    table,
    keyAttributes: ['country', 'cityId'],
    operations: [
      { kind: 'update', name: 'visit', weight: 40, change: () => ({ add: { visits: 1 } }) },
      {
        kind: 'update',
        name: 'review',
        weight: 8,
        change: (_, { serial }) => ({ set: { lastReview: { S: `review ${serial}` } }, add: { visits: 1 } }),
      },
      {
        kind: 'update',
        name: 'census',
        weight: 14,
        change: (_, { serial }) => ({ set: { population: { N: String(1_000 + serial) } }, add: { censuses: 1 } }),
      },
      {
        kind: 'update',
        name: 'survey',
        weight: 8,
        change: (_, draw) => ({
          set: { loc: { M: { type: { S: 'Point' }, coordinates: newPlace(draw), survey: { N: String(draw.serial) } } } },
        }),
      },
      { kind: 'update', name: 'rename', weight: 6, change: (_, draw) => ({ set: newName(draw) }) },
      {
        kind: 'replace',
        name: 'edit',
        weight: 10,
        change: (_, draw) => ({
          set: { ...newName(draw), editor: { S: `editor ${draw.serial}` } },
          add: { visits: 1 },
          remove: ['lastReview'],
        }),
        unchanged: ['visits', 'population'],
      },
      {
        kind: 'insert',
        name: 'found',
        weight: 7,
        item: (draw) =>
          newCity(
            { country: { S: ['FR', 'JP', 'BR', 'KE'][draw.serial % 4] ?? 'FR' }, cityId: { N: String(firstNewCityId + draw.serial) } },
            draw,
          ),
      },
      { kind: 'delete', name: 'abandon', weight: 5 },
      { kind: 'reinsert', name: 'rebuild', weight: 2, item: newCity },
    ],
  };
}
