import type { DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { InitializeMiddleware } from '@smithy/types';
import { NumberValue } from '../../core/values/number-value.ts';

const reads = /^(Get|BatchGet|TransactGet|Query|Scan)(Item|Items)?Command$/;

/**
 * The client that transformations get to look things up. Numbers arrive as in their items: exact, or as NumberValue. Any command that
 * is not a read is refused before it is sent; in AWS the role of the functions refuses it as well.
 */
export function readOnlyDocumentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  const documents = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: NumberValue.exact } });
  const refuseWrites: InitializeMiddleware<ServiceInputTypes, ServiceOutputTypes> =
    (next, { commandName = 'This command' }) =>
    (args) => {
      if (!reads.test(String(commandName)))
        throw Object.assign(new Error(`${commandName} writes, and documentClient only reads: return the new item instead.`), {
          name: 'ReadOnly',
        });
      return next(args);
    };
  documents.middlewareStack.add(refuseWrites, { step: 'initialize', name: 'refuseWrites' });
  return documents;
}
