import type { TableProfile, Throughput } from './table-profile.ts';

/** The budget of a run, in units a second for all its workers; undefined where there is no limit, or none is known. */
export interface Budget {
  readUnits: number | undefined;
  writeUnits: number | undefined;
}

/** Live traffic comes first: a run takes a quarter of what the table can give. */
const share = 1 / 4;

/** What a run takes where nobody gives it a budget. */
export const defaultBudget = ({ warm, provisioned }: Pick<TableProfile, 'warm' | 'provisioned'>): Budget => {
  const of = (kind: keyof Throughput): number | undefined => {
    const known = [warm?.[kind], provisioned?.[kind]].filter((units) => units !== undefined);
    return known.length > 0 ? Math.max(1, share * Math.min(...known)) : undefined;
  };
  return { readUnits: of('readUnits'), writeUnits: of('writeUnits') };
};
