import type { DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { InitializeMiddleware } from '@smithy/types';
import { NumberValue } from '../../core/values/number-value.ts';

/** Known to bundle/shared-document-client.ts, too. */
const documentClientMark = Symbol.for('dynamodt.documentClient');

const reads = /^(Get|BatchGet|TransactGet|Query|Scan)(Item|Items)?Command$/;

/**
 * The client that transformations get to look things up. Numbers arrive as in their items: exact, or as NumberValue. Any command that
 * is not a read is refused before it is sent; in AWS the role of the functions refuses it as well.
 *
 * @param note called with the read units that DynamoDB reports for each request
 */
export function readOnlyDocumentClient(client: DynamoDBClient, note: (readUnits: number) => void = () => {}): DynamoDBDocumentClient {
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
  const noteUnits: InitializeMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => async (args) => {
    const answered = await next({ ...args, input: { ReturnConsumedCapacity: 'TOTAL', ...args.input } });
    note(unitsIn(answered.output));
    return answered;
  };
  documents.middlewareStack.add(refuseWrites, { step: 'initialize', name: 'refuseWrites' });
  documents.middlewareStack.add(noteUnits, { step: 'initialize', name: 'noteUnits' });
  // By this, another copy of the class knows its clients: that of a package in a team's bundle, whose paginators ask for it.
  return Object.defineProperty(documents, documentClientMark, { value: true });
}

function unitsIn(output: ServiceOutputTypes): number {
  const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : undefined;
  const all = Array.isArray(consumed) ? consumed : [consumed];
  return all.reduce((sum, each) => sum + (each && 'CapacityUnits' in each ? (each.CapacityUnits ?? 0) : 0), 0);
}
