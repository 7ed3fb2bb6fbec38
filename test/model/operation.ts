import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';

/** The condition on the item under which an operation is applied. */
export type Condition =
  | { kind: 'equals'; name: string; value: AttributeValue }
  | { kind: 'missing'; name: string }
  | { kind: 'exists'; name: string };

/** One operation on one item, parsed from any of the request formats. */
export interface Operation {
  kind: 'update' | 'delete' | 'put' | 'check';
  /** The logical name of another table; undefined for the version's own. */
  table?: string | undefined;
  key: Image;
  conditions: Condition[];
  set: Image;
  remove: string[];
  /** The whole item of a put. */
  item?: Image;
  /** A PartiQL UPDATE of an item that is gone fails, whatever its conditions. */
  mustExist?: boolean;
  /** A PartiQL DELETE of an item that is gone, or that does not meet its conditions because it is gone, succeeds with nothing. */
  goneIsFine?: boolean;
}

/** DynamoDB refuses what it cannot understand. */
export class ValidationException extends Error {
  override readonly name = 'ValidationException';
}
