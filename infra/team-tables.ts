import { Annotations, CfnResource, Resource, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { problemOfKey } from './checks/changed-key.ts';
import { compareEnvironments, environmentInWords, environmentOf } from './checks/environments.ts';
import { type Following, following } from './checks/follow-settings.ts';
import { arnLengthOf } from './checks/name-lengths.ts';
import { problemOfStream, streamArnOf } from './checks/stream.ts';
import type { AnyTable, TableToTransform } from './dynamodt-props.ts';

/** A table as the construct uses it. */
export interface TeamTable {
  /** Logical name of the table. */
  name: string;
  table: AnyTable;
  /** The customer's key; undefined if a key of AWS encrypts the table, which needs no grant. */
  key: IKey | undefined;
  acceptsLastWriterWins: boolean;
  /** Values for parameters of its versions in this stage. */
  parameters?: TableToTransform['parameters'];
  /** How its stream is followed; undefined if it is not. */
  follows?: Following & { streamArn: string };
  /** Max characters of its ARN, which may be a token. */
  arnLength: number;
}

/**
 * Checks a given table. Replicas can also be added later (`addReplica`), and its key be changed, so they are checked at the end of the synthesis, too.
 *
 * @throws Error: when details are missing; the message says how to give them
 */
export function teamTable(scope: Construct, name: string, given: AnyTable | TableToTransform): TeamTable {
  const {
    table,
    encryption,
    acceptLastWriterWins = false,
    parameters,
    follow,
  }: TableToTransform = isTable(given) ? { table: given } : given;
  refuseElsewhere(scope, name, table);
  const [problem] = problemOfReplicas(name, table, acceptLastWriterWins);
  if (problem !== undefined) throw new Error(problem);
  const key = keyOf(name, table, encryption);
  const settings = following(name, follow);
  const follows = settings && { ...settings, streamArn: streamArnOf(name, table) };
  scope.node.addValidation({
    validate: () => {
      warnOfReplicas(scope, name, table);
      return [
        ...problemOfReplicas(name, table, acceptLastWriterWins),
        ...problemOfKey(name, table, key),
        ...(follows ? problemOfStream(name, table) : []),
      ];
    },
  });
  return {
    name,
    table,
    key,
    acceptsLastWriterWins: acceptLastWriterWins,
    ...(parameters ? { parameters } : {}),
    ...(follows ? { follows } : {}),
    arnLength: arnLengthOf(table),
  };
}

/** The functions know a table by its name, which would be that of another table in their own account and region. */
function refuseElsewhere(scope: Construct, name: string, table: AnyTable): void {
  const [own, its] = [Stack.of(scope), environmentOf(table, table.tableArn)];
  if (compareEnvironments(own, its) === 'different')
    throw new Error(
      `The table ${name} is in ${environmentInWords(its)}, but this stack in ${environmentInWords(own)}, where its functions would use another table of that name. Deploy the service in a stack where the table is.`,
    );
}

function problemOfReplicas(name: string, table: AnyTable, accepted: boolean): string[] {
  const regions = replicaRegionsOf(table);
  if (regions.length === 0 || accepted) return [];
  return [
    `The table ${name} has replicas in ${regions.join(', ')}, where the last writer wins: a write there can undo, or be undone by, a write of a run. Give it as \`${name}: { table, acceptLastWriterWins: true }\` if no application writes in other regions, or use strong multi-region consistency.`,
  ];
}

function warnOfReplicas(scope: Construct, name: string, table: AnyTable): void {
  const regions = replicaRegionsOf(table);
  if (regions.length > 0)
    Annotations.of(scope).addWarningV2(
      `dynamodt:last-writer-wins-${name}`,
      `${name} has replicas in ${regions.join(', ')}: live writes are safe only while no application writes there.`,
    );
}

function isTable(given: AnyTable | TableToTransform): given is AnyTable {
  return Construct.isConstruct(given);
}

function keyOf(name: string, table: AnyTable, encryption: TableToTransform['encryption']): IKey | undefined {
  if (encryption !== undefined) return encryption === 'aws' ? undefined : encryption;
  if (table.encryptionKey) return table.encryptionKey;
  if (Resource.isOwnedResource(table)) return undefined;
  throw new Error(
    `The encryption of ${name} is not known, since the table is imported, and without access to its KMS key no function can read the table. Give it as \`${name}: { table, encryption: Key.fromKeyArn(…) }\`, or \`{ table, encryption: 'aws' }\` if \`aws dynamodb describe-table\` shows no SSEDescription with a key of your account.`,
  );
}

/** Regions with replicas under eventual consistency, of a table defined in this app; imported tables are checked when a run starts. */
function replicaRegionsOf(table: AnyTable): string[] {
  const resource = table.node.defaultChild;
  // Not by instanceof: the table may be of another copy of aws-cdk-lib.
  if (resource && CfnResource.isCfnResource(resource) && resource.cfnResourceType === 'AWS::DynamoDB::GlobalTable') {
    if ('multiRegionConsistency' in resource && resource.multiRegionConsistency === 'STRONG') return [];
    const replicas: { region?: unknown }[] = 'replicas' in resource ? table.stack.resolve(resource.replicas) : [];
    return replicas.flatMap(({ region }) => (typeof region === 'string' && region !== table.stack.region ? [region] : []));
  }
  // The replicationRegions of a Table become custom resources beside it.
  return table.node.children.flatMap(({ node }) => /^Replica([a-z]+-[a-z-]+-\d)$/.exec(node.id)?.[1] ?? []);
}
