import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { toValue } from './ledger-record.ts';

/** Sets the fields and removes the undefined ones. `extra` are further values that `condition` names. */
export function updateExpression(fields: Record<string, unknown>, condition: string, extra: Record<string, unknown> = {}) {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const sets: string[] = [];
  const removes: string[] = [];
  for (const [field, value] of Object.entries(fields)) {
    names[`#${field}`] = field;
    if (value === undefined) removes.push(`#${field}`);
    else {
      sets.push(`#${field} = :${field}`);
      values[`:${field}`] = toValue(value);
    }
  }
  for (const [name, value] of Object.entries(extra)) values[`:${name}`] = toValue(value);
  for (const name of condition.matchAll(/#(\w+)/g)) names[`#${name[1]}`] = name[1] ?? '';
  return {
    UpdateExpression: [sets.length > 0 ? `SET ${sets.join(', ')}` : '', removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '']
      .join(' ')
      .trim(),
    ConditionExpression: condition,
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
