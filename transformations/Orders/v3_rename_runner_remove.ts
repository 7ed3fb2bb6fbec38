import type { Transform } from 'dynamodt';

/** Renames `runner` to `courier`, the second half, once nobody reads or writes `runner` any more: removes it where it was copied. */
export const sequence = 3;
export const removes = ['runner'];

interface Order {
  runner?: string;
  courier?: string;
}

export const transformUp: Transform<Order> = (order) => {
  if (order.courier === undefined) return;
  const { runner, ...rest } = order;
  return rest;
};

/** Down may create again what up may remove, where it is missing. */
export const transformDown: Transform<Order> = (order) => {
  if (order.courier === undefined) return;
  return { ...order, runner: order.courier };
};
