import { CfnResource } from 'aws-cdk-lib';
import type { AnyTable } from '../dynamodt-props.ts';
import { renderedTable } from './rendered-table.ts';

/**
 * The ARN of the stream of a table that is followed.
 *
 * @throws Error: when the table is imported without it
 */
export function streamArnOf(name: string, table: AnyTable): string {
  if (table.tableStreamArn !== undefined) return table.tableStreamArn;
  const resource = table.node.defaultChild;
  // An override can give a stream to a table of this app, also later.
  if (resource && CfnResource.isCfnResource(resource)) return resource.getAtt('StreamArn').toString();
  throw new Error(
    `${name} is to be followed, and the ARN of its stream is not known, since the table is imported. Give it with \`Table.fromTableAttributes(this, '${name}', { tableName, tableStreamArn })\`, or as \`stream\` in dynamodt.config.ts; \`aws dynamodb describe-table\` shows it as LatestStreamArn. A table without a stream gets one by its StreamSpecification, of any view type.`,
  );
}

/** At the end of the synthesis: the problem if a table of this app has no stream. */
export function problemOfStream(name: string, table: AnyTable): string[] {
  const properties = renderedTable(table);
  if (!properties || properties.StreamSpecification !== undefined) return [];
  return [
    `${name} is to be followed, and has no stream. Give it one of any view type: \`stream: StreamViewType.NEW_IMAGE\` (Table) or \`dynamoStream: StreamViewType.NEW_IMAGE\` (TableV2). With new images, a record that changes nothing needs no read.`,
  ];
}
