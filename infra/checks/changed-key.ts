import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { AnyTable } from '../dynamodt-props.ts';
import { renderedTable } from './rendered-table.ts';

/**
 * Compares the key of a table of this app, as it will be deployed, with the key that the functions may use. An escape hatch can change it after the
 * construct was made, so this is called at the end of the synthesis.
 *
 * @param key undefined if a key of AWS encrypts the table
 * @returns the problem, if the two are known to differ
 */
export function problemOfKey(name: string, table: AnyTable, key: IKey | undefined): string[] {
  const its = keyOfResource(table);
  if (key ? !differs(its, table.stack.resolve(key.keyArn)) : !isOfCustomer(its)) return [];
  return [
    `The table ${name} is encrypted under another key than its functions may use, ${JSON.stringify(its)}: an override changed it after the construct was made. Give the key with the table, as \`${name}: { table, encryption: key }\`.`,
  ];
}

/** What the template will have, with overrides. */
function keyOfResource(table: AnyTable): unknown {
  const properties = renderedTable(table);
  const replica = properties?.Replicas?.find(
    ({ Region }) => JSON.stringify(Region) === JSON.stringify(table.stack.resolve(table.stack.region)),
  );
  return (replica ?? properties)?.SSESpecification?.KMSMasterKeyId;
}

function isOfCustomer(key: unknown): boolean {
  return isAttribute(key) || (typeof key === 'string' && !key.includes('alias/aws/'));
}

/** Only keys that are both created in the app, or both named, can be told apart. */
function differs(one: unknown, other: unknown): boolean {
  if (isAttribute(one) && isAttribute(other)) return JSON.stringify(one) !== JSON.stringify(other);
  if (typeof one !== 'string' || typeof other !== 'string' || one.includes('alias/') || other.includes('alias/')) return false;
  return !one.endsWith(other) && !other.endsWith(one);
}

function isAttribute(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'Fn::GetAtt' in value;
}
