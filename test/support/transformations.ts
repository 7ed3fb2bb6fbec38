import { checkExports } from '../../core/transformation/check-exports.ts';
import type { BoundContext, Declared, Direction, OnExisting, Transform, Transformation } from '../../core/transformation/contract.ts';
import type { Lookups } from '../../core/transformation/look.ts';
import type { Only } from '../../core/transformation/only.ts';
import type { TableShape } from '../../core/values/table-shape.ts';

/** Exports of a transformation file, of which a test names those that matter to it. */
export interface File extends Omit<Partial<Declared>, 'inserts'> {
  inserts?: boolean | { onExisting?: OnExisting };
  transformUp?: Transform<never>;
  transformDown?: Transform<never>;
  reads?: readonly string[];
  versionAttribute?: string;
  seed?: Iterable<object>;
  only?: Only;
  lookups?: Lookups;
  journal?: 'all' | 'none';
}

/** Loads a file as the engine does. */
export function load(file: File, name = 'Users/v3.ts'): Transformation {
  return checkExports({ sequence: 3, transformUp: () => {}, ...file }, name);
}

export const usersShape: TableShape = { name: 'Users-test', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] };

/** One for each direction, equal whenever asked for. */
export function contextFor(direction: Direction): BoundContext {
  return {
    table: 'Users',
    tableName: 'Users-test',
    sequence: 3,
    direction,
    dryRun: false,
    parameters: {},
    startedAt: 0,
    tableNameOf: (name: string) => name,
    documentClient: undefined,
    log,
  };
}

function log(): void {}
