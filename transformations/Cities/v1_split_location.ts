import type { Transform } from 'dynamodt';

/**
 * Gives each city its latitude and longitude as numbers of their own. Until now they were the two elements of a GeoJSON position,
 * longitude first, which no condition or index can use.
 *
 * `loc` stays as it is: the deployed code reads it until the next phase. There is no `transformDown`: a version that only adds
 * is undone by taking away what it would add, and a value that the application has changed since is left alone.
 */
export const sequence = 1;
export const adds = ['latitude', 'longitude'];

interface City {
  loc?: { coordinates?: number[] };
}

export const transformUp: Transform<City> = (city) => {
  const [longitude, latitude] = city.loc?.coordinates ?? [];
  if (longitude === undefined || latitude === undefined) return;
  return { ...city, latitude, longitude };
};
