import type { Change } from '../../../core/change/change.ts';
import type { Condition } from '../../../core/change/condition.ts';
import type { TablePort, WriteResult } from '../../../core/segment/table-port.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import type { TableShape } from '../../../core/values/table-shape.ts';
import { encodePartiql } from '../../support/encode-partiql.ts';

/** The ways in which a change reaches DynamoDB. */
export const encoders = ['PartiQL', 'expressions', 'transaction'] as const;
export type Encoder = (typeof encoders)[number];

/** PartiQL cannot say a name with `#`, so that the change has to go by expressions. */
const neverThere = '#never there';

/** Writes one change by the given encoder; undefined where that cannot say it. */
export async function writeBy(
  encoder: Encoder,
  table: TablePort,
  shape: TableShape,
  key: Image,
  item: Change['item'],
  condition: Condition,
): Promise<WriteResult | undefined> {
  const write = { key, change: { item, inserts: [] }, condition, units: 1 };
  if (encoder === 'transaction') return table.writeTransaction(write, () => true);
  const forced = encoder === 'expressions' ? { ...condition, missing: [...condition.missing, neverThere] } : condition;
  const isPartiql = encodePartiql(shape.name, key, item, forced) !== undefined;
  if (isPartiql !== (encoder === 'PartiQL')) return undefined;
  const [result] = await table.writeBatch([{ ...write, condition: forced }], () => true);
  return result;
}
