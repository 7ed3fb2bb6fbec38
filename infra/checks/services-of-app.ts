import { Annotations, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { TeamTable } from '../team-tables.ts';
import { compareEnvironments, environmentOf } from './environments.ts';

/** What a construct says of itself to the others of its app, which may come from another copy of this package. */
export interface Service {
  readonly name: string;
  readonly tables: readonly TeamTable[];
}

/** The property of a construct that holds its {@link Service}. */
export const service = Symbol.for('dynamodt.Service');

/**
 * Compares a service with the others of its app: two services of one name have the same resources, and two over one table
 * would not know of each other's runs.
 *
 * @throws Error: when they cannot exist beside each other
 */
export function refuseOtherServices(construct: IConstruct, own: Service): void {
  refuseTwice(own.tables);
  for (const other of construct.node.root.node.findAll())
    if (isService(other) && other !== construct) {
      refuseName(construct, own, other);
      refuseTables(construct, own, other);
    }
}

function refuseTwice(tables: readonly TeamTable[]): void {
  for (const [index, one] of tables.entries()) {
    const twin = tables.slice(index + 1).find((other) => isSameTable(one, other));
    if (twin)
      throw new Error(
        `${one.name} and ${twin.name} are one table, for which two runs would not know of each other. Give it once, and keep its transformations in one folder.`,
      );
  }
}

function refuseName(construct: IConstruct, own: Service, other: IConstruct & Record<typeof service, Service>): void {
  if (other[service].name !== own.name) return;
  const [stack, otherStack] = [Stack.of(construct), Stack.of(other)];
  const compared = stack === otherStack ? 'same' : compareEnvironments(stack, otherStack);
  const told = `${other.node.path} and ${construct.node.path} have the name "${own.name}"`;
  if (compared === 'same')
    throw new Error(
      `${told}, by which the command finds ledger and state machines. Give one of them another name: \`name: 'shop'\`, and the command \`--name shop\`.`,
    );
  if (compared === 'unknown')
    Annotations.of(construct).addWarningV2(
      'dynamodt:same-name',
      `${told}. They can be deployed into different accounts or regions only; give their stacks an \`env\`, or one of them another \`name\`.`,
    );
}

function refuseTables(construct: IConstruct, own: Service, other: IConstruct & Record<typeof service, Service>): void {
  for (const table of own.tables) {
    const shared = other[service].tables.find((theirs) => isSameTable(table, theirs));
    if (shared)
      throw new Error(
        `${other.node.path} and ${construct.node.path} are both over the table ${table.name}, and would not know of each other's runs. Leave it in one of them.`,
      );
  }
}

function isService(construct: IConstruct): construct is IConstruct & Record<typeof service, Service> {
  return service in construct;
}

/** The name of a table that is defined in this app is a token, which no other table has. */
function isSameTable({ table: one }: TeamTable, { table: other }: TeamTable): boolean {
  if (one === other) return true;
  if (one.tableName !== other.tableName) return false;
  const compared = compareEnvironments(environmentOf(one, one.tableArn), environmentOf(other, other.tableArn));
  return compared === 'same' || (compared === 'unknown' && one.stack === other.stack);
}
