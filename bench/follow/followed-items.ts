import { type ChainLink, decideChain } from '../../core/change/decide-chain.ts';
import { bindTransformation } from '../../core/change/decide-change.ts';
import { checkExports } from '../../core/transformation/check-exports.ts';
import type { Item } from '../../core/transformation/contract.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import type { TableShape } from '../../core/values/table-shape.ts';

export const shape: TableShape = { name: 'Users', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] };

/** Versions that add an attribute each. */
export function chainOf(versions: number) {
  const links = Array.from({ length: versions }, (_, index): ChainLink => {
    const sequence = index + 1;
    const name = `new${sequence}`;
    const transformUp = (item: Item) => (item[name] === undefined ? { ...item, [name]: `of ${item['a0']}` } : undefined);
    const transformation = checkExports({ sequence, adds: [name], transformUp }, `Users/v${sequence}.ts`);
    const context = {
      ...{ table: 'Users', tableName: 'Users', sequence, direction: 'up' as const, dryRun: false, parameters: {}, startedAt: 0 },
      ...{ tableNameOf: (table: string) => table, documentClient: undefined, log: () => {} },
    };
    return { transformation, decider: bindTransformation(transformation, shape, context) };
  });
  return decideChain(links, shape);
}

/** As old code writes it. */
export function old(id: number): Image {
  return {
    id: { S: `u${id}` },
    ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`a${index}`, { S: `value ${index} of ${id}` }])),
  };
}

/** In the shape of up to three versions. */
export function newest(id: number): Image {
  return { ...old(id), new1: { S: 'x' }, new2: { S: 'x' }, new3: { S: 'x' } };
}
