import type { Change } from '../../core/change/change.ts';
import type { Condition } from '../../core/change/condition.ts';
import { PartiqlEncoder, type Statement } from '../../core/change/encode-partiql.ts';
import type { Image } from '../../core/values/attribute-value.ts';

/** The statement of one item, by an encoder that has seen no other. */
export function encodePartiql(tableName: string, key: Image, item: Change['item'], condition: Condition): Statement | undefined {
  return new PartiqlEncoder(tableName, (text) => text).encode(key, item, condition);
}
