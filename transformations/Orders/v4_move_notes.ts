import type { Transform } from 'dynamodt';

/**
 * Moves notes from `NOTE#7` to `ORDER_NOTE#0007`, so that they sort as numbers. An item cannot change its key: it is deleted and
 * inserted under the new one, in one transaction that also checks that nobody changed it.
 */
export const sequence = 4;
export const inserts = true;
export const deletes = true;

interface Item {
  pk: string;
  sk: string;
}

export const transformUp: Transform<Item> = (item) => {
  const number = /^NOTE#(\d+)$/.exec(item.sk)?.[1];
  if (number === undefined) return;
  return [{ ...item, sk: `ORDER_NOTE#${number.padStart(4, '0')}` }];
};

export const transformDown: Transform<Item> = (item) => {
  const number = /^ORDER_NOTE#(\d+)$/.exec(item.sk)?.[1];
  if (number === undefined) return;
  return [{ ...item, sk: `NOTE#${Number(number)}` }];
};
