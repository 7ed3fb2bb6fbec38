import type { AttributeValue, Image } from './attribute-value.ts';
import type { Change } from './change.ts';
import type { Condition } from './condition.ts';

/** A statement of BatchExecuteStatement or ExecuteStatement. */
export interface Statement {
  text: string;
  parameters: AttributeValue[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementRequest.html */
const maxLength = 8192;

/**
 * Encodes the change of one item, without inserts, as a PartiQL statement. UPDATE of an item that is gone fails its condition, so it
 * never brings one back; DELETE of a gone item succeeds and returns nothing, so it asks for the old image.
 *
 * @returns undefined where PartiQL cannot say it: names beginning with `#` or `:`, and statements over 8,192 characters
 */
export const encodePartiql = (tableName: string, key: Image, item: Change['item'], condition: Condition): Statement | undefined => {
  const parameters: AttributeValue[] = [];
  const names: string[] = [];
  const quote = (name: string): string => {
    names.push(name);
    return `"${name.replaceAll('"', '""')}"`;
  };
  const equals = ([name, value]: readonly [string, AttributeValue]): string => {
    parameters.push(value);
    return `${quote(name)}=?`;
  };

  // Parameters are pushed in the order in which their marks stand in the text.
  const clauses =
    item.kind === 'delete'
      ? ['DELETE FROM', quote(tableName)]
      : [
          'UPDATE',
          quote(tableName),
          ...Object.entries(item.set).map((entry) => `SET ${equals(entry)}`),
          ...item.remove.map((name) => `REMOVE ${quote(name)}`),
        ];
  const where = [
    ...Object.entries(key).map(equals),
    ...condition.equals.map(equals),
    ...condition.missing.map((name) => `${quote(name)} IS MISSING`),
  ];
  const returning = item.kind === 'delete' ? ' RETURNING ALL OLD *' : '';
  const text = `${clauses.join(' ')} WHERE ${where.join(' AND ')}${returning}`;
  return text.length > maxLength || names.some((name) => name.startsWith('#') || name.startsWith(':')) ? undefined : { text, parameters };
};
