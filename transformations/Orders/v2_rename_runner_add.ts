import type { Transform } from 'dynamodt';

/** Renames `runner` to `courier`, the first half: copies it. The application writes both until v3. */
export const sequence = 2;
export const adds = ['courier'];

export const transformUp: Transform<{ runner?: string }> = (order) => {
  if (order.runner === undefined) return;
  return { ...order, courier: order.runner };
};
