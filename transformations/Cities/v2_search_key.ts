import type { Transform } from 'dynamodt';

/**
 * Puts each city into the index GSI1: the cities of a region (`FR#11`), ordered by population, under a name that can be searched
 * without accents and capitals (`0002138551#paris`). The index is sparse: a city without a region stays out of it.
 *
 * The number is padded, since a sort key that holds a name as well is ordered as text.
 */
export const sequence = 2;
export const adds = ['GSI1PK', 'GSI1SK'];

interface City {
  country: string;
  adminCode?: string;
  name?: string;
  population?: number;
  GSI1PK?: string;
  GSI1SK?: string;
}

export const transformUp: Transform<City> = (city) => {
  const { country, adminCode, name, population } = city;
  if (!adminCode || !name || population === undefined) return;
  return {
    ...city,
    GSI1PK: `${country}#${adminCode}`,
    GSI1SK: `${String(population).padStart(10, '0')}#${withoutAccents(name).toLowerCase()}`,
  };
};

/**
 * Takes every city out of the index, also one whose key is out of date: once the application has stopped writing these attributes,
 * their values mean nothing any more. (Left out, this function would keep such values.)
 */
export const transformDown: Transform<City> = ({ GSI1PK, GSI1SK, ...city }) => city;

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{Diacritic}/gu, '');
}
