import type { TableAsked } from '../tables-asked.ts';

/** A table of one of the services that the dashboard shows. */
export interface ShownTable extends TableAsked {
  service: string;
}

export function keyOf({ service, table }: Pick<ShownTable, 'service' | 'table'>): string {
  return `${service}/${table}`;
}
