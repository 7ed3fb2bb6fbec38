import type { Call } from './recorder.ts';

/** What IAM asks when a call arrives: may this principal do this action on this resource, in this context? */
export interface Needed {
  action: string;
  resource: string;
  context: Record<string, string[]>;
}

const dynamodb = 'arn:aws:dynamodb:us-east-1:000000000000:table/';

type Key = Record<string, Record<string, unknown>>;
interface Action {
  TableName: string;
  IndexName?: string;
  Key?: Key;
  Item?: Key;
  Statement?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Key;
  [expression: string]: unknown;
}

/**
 * The permissions a call needs. Requests of several actions are asked for each of them: the parts of a transaction for PutItem and the like,
 * the statements of a batch for PartiQLUpdate and the like; only BatchGetItem and BatchWriteItem are actions of their own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
 */
export function neededPermissions({ service, operation, body }: Call): Needed[] {
  if (service === 'sts') return [{ action: `sts:${operation}`, resource: String(body['RoleArn']), context: {} }];
  if (service === 'states') return [{ action: `states:${operation}`, resource: String(body['executionArn']), context: {} }];
  if (service === 'kms') {
    const context = Object.entries((body['EncryptionContext'] ?? {}) as Record<string, string>);
    return [
      {
        action: `kms:${operation}`,
        resource: String(body['KeyId']),
        context: Object.fromEntries(context.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]])),
      },
    ];
  }
  // In AWS, account and region are part of the bucket's name.
  if (service === 's3')
    return [{ action: `s3:${operation}`, resource: `arn:aws:s3:::${body['bucket']}-000000000000-us-east-1/${body['key']}`, context: {} }];
  if (service === 'events')
    return (body['Entries'] as { EventBusName: string; Source: string }[]).map(({ EventBusName, Source }) => ({
      action: `events:${operation}`,
      resource: `arn:aws:events:us-east-1:000000000000:event-bus/${EventBusName}`,
      context: { 'events:source': [Source] },
    }));
  if (service === 'monitoring') return [{ action: `cloudwatch:${operation}`, resource: '*', context: {} }];
  if (service !== 'dynamodb') throw new Error(`calls of ${service} are not known here`);
  switch (operation) {
    case 'TransactWriteItems':
      return (body['TransactItems'] as Record<string, Action>[]).flatMap((item) =>
        Object.entries(item).map(([name, action]) => onTable(name === 'ConditionCheck' ? 'ConditionCheckItem' : `${name}Item`, action)),
      );
    case 'BatchExecuteStatement':
      return (body['Statements'] as Action[]).map(({ Statement = '' }) => onStatement(Statement));
    case 'BatchWriteItem':
    case 'BatchGetItem':
      return Object.entries(body['RequestItems'] as Record<string, unknown>).flatMap(([TableName, requests]) =>
        keysIn(requests).map((Item) => onTable(operation, { TableName, Item })),
      );
    default:
      return [onTable(operation, body as Action)];
  }
}

function onTable(operation: string, action: Action): Needed {
  const { TableName, IndexName, Key, Item, ExpressionAttributeValues } = action;
  const partition = Key?.['pk'] ?? Item?.['pk'] ?? ExpressionAttributeValues?.[':pk'];
  return {
    action: `dynamodb:${operation}`,
    resource: `${dynamodb}${TableName}${IndexName ? `/index/${IndexName}` : ''}`,
    context: {
      ...(partition?.['S'] ? { 'dynamodb:LeadingKeys': [String(partition['S'])] } : {}),
      ...(operation === 'DescribeTable' ? {} : { 'dynamodb:Attributes': attributesOf(action) }),
    },
  };
}

function onStatement(statement: string): Needed {
  const [, verb = '', table = ''] = /^(UPDATE|DELETE|INSERT|SELECT)\b(?: FROM| INTO)? "((?:[^"]|"")+)"/.exec(statement) ?? [];
  return { action: `dynamodb:PartiQL${verb.charAt(0)}${verb.slice(1).toLowerCase()}`, resource: `${dynamodb}${table}`, context: {} };
}

/** Names of attributes in keys, items and expressions. */
function attributesOf({ Key = {}, Item = {}, ExpressionAttributeNames = {}, ...rest }: Action): string[] {
  const expressions = Object.entries(rest).filter(([name]) => name.endsWith('Expression'));
  const literal = expressions.flatMap(([, text]) => String(text).match(/(?<![#:\w])[a-z]\w*(?!\w*\s*\()/g) ?? []);
  return [...new Set([...Object.keys(Key), ...Object.keys(Item), ...Object.values(ExpressionAttributeNames), ...literal])];
}

/** The items of a batch, wherever they stand in it. */
function keysIn(requests: unknown): Key[] {
  return Array.isArray(requests) ? requests.map(({ PutRequest }) => PutRequest.Item) : (requests as { Keys: Key[] }).Keys;
}
