import type { Transform } from 'dynamodt';

/**
 * Deletes the counters beside the orders, which nobody reads any more. Down makes them anew from the orders, beginning at zero; an
 * order is marked while it has one, so that a page that is replayed never brings back a counter that was deleted meanwhile.
 */
export const sequence = 5;
export const removes = ['counted'];
export const deletes = true;

interface Item {
  pk: string;
  sk: string;
  counted?: boolean;
}

export const transformUp: Transform<Item> = (item) => {
  if (item.sk.startsWith('COUNTER#')) return [];
  const { counted, ...rest } = item;
  return rest;
};

export const transformDown: Transform<Item> = (item) => {
  if (!item.sk.startsWith('ORDER#') || item.counted) return;
  return [
    { ...item, counted: true },
    { pk: item.pk, sk: `COUNTER#${item.sk.slice('ORDER#'.length)}`, views: 0 },
  ];
};
