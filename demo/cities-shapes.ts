import type { Item } from './item.ts';
import type { Shape } from './shape.ts';

/*
 * The application's own code for the attributes of v1 and v2. It does not import the transformations: a version is a record of
 * what was done to the table and stays as it is, while this code lives on. A test holds the two together.
 */

/** v1: `latitude` and `longitude` on their own. */
export const splitLocation: Shape = {
  adds: ['latitude', 'longitude'],
  of(city): Item {
    const [longitude, latitude] = city.loc?.M?.coordinates?.L ?? [];
    return longitude && latitude ? { latitude, longitude } : {};
  },
};

/** v2: the index of the cities of a region, biggest first when read backwards. */
export const searchKey: Shape = {
  adds: ['GSI1PK', 'GSI1SK'],
  of({ country, adminCode, population, name }): Item {
    if (!country?.S || !adminCode?.S || !name?.S || !population?.N) return {};
    const plainName = name.S.normalize('NFD')
      .replace(/\p{Diacritic}/gu, '')
      .toLowerCase();
    return {
      GSI1PK: { S: `${country.S}#${adminCode.S}` },
      GSI1SK: { S: `${population.N.padStart(10, '0')}#${plainName}` },
    };
  },
};
