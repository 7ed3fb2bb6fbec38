import { CfnElement, Token } from 'aws-cdk-lib';
import type { AnyTable } from '../dynamodt-props.ts';

/** DynamoDB's limit. */
const maxName = 255;

/** Characters of a table's ARN, at most. CloudFormation makes a name of stack, logical id and twelve characters, if a table is given none. */
export function arnLengthOf(table: AnyTable): number {
  const { region } = table.env;
  const prefix = isOfAws(region) ? `arn:aws:dynamodb:${region}:123456789012:table/` : longestPrefix;
  return prefix.length + nameLengthOf(table);
}

/** If CloudFormation will know the region, it may be one of any partition. */
const longestPrefix = 'arn:aws-us-gov:dynamodb:ap-southeast-1:123456789012:table/';

function isOfAws(region: string): boolean {
  return !Token.isUnresolved(region) && !/^(cn|us-gov|us-iso\w*|eu-iso\w*|eusc)-/.test(region);
}

function nameLengthOf(table: AnyTable): number {
  if (!Token.isUnresolved(table.tableName)) return table.tableName.length;
  const resource = table.node.defaultChild;
  if (!resource || !CfnElement.isCfnElement(resource)) return maxName;
  const given: unknown = 'tableName' in resource ? table.stack.resolve(resource.tableName) : undefined;
  if (typeof given === 'string') return given.length;
  const logicalId: unknown = table.stack.resolve(resource.logicalId);
  return Math.min(maxName, `${table.stack.stackName}-${String(logicalId)}-`.length + 13);
}
