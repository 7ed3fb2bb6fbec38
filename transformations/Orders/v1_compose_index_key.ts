import type { Transform } from 'dynamodt';

/**
 * Fills the sparse index GSI4 (orders of a tenant by state and day) for the orders that are in GSI1 already. Orders of before the
 * time of tenants have none, and stay out of it.
 */
export const sequence = 1;
export const adds = ['GSI4PK', 'GSI4SK'];

interface Order {
  GSI1PK?: string;
  tenantId?: string;
  state?: string;
  day?: string;
}

export const transformUp: Transform<Order> = (order) => {
  const { GSI1PK, tenantId, state, day } = order;
  if (!GSI1PK || !tenantId || !state || !day) return;
  return { ...order, GSI4PK: `TENANT#${tenantId}`, GSI4SK: `${state}#${day}` };
};
