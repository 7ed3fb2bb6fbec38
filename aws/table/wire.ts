import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** The operations that a worker sends to the team's table. */
export type Operation = 'Scan' | 'GetItem' | 'BatchExecuteStatement' | 'UpdateItem' | 'DeleteItem' | 'TransactWriteItems';

/** One request to DynamoDB, one answer, no retry: what a {@link Table} needs of the network. */
export interface Wire {
  /**
   * @param body DynamoDB's JSON
   * @param mayWrite asked after the request is signed, in the tick in which it is handed to the network
   * @returns the JSON of an answer with HTTP 200
   * @throws WireError; GuardClosed where `mayWrite` said no
   */
  send(operation: Operation, body: string, mayWrite?: () => boolean): Promise<string>;
}

/** What DynamoDB tells with an error. */
export interface ErrorAnswer {
  message?: string | undefined;
  Item?: Record<string, AttributeValue>;
  CancellationReasons?: { Code?: string; Item?: Record<string, AttributeValue> }[];
}

/** DynamoDB answered with an error, or not at all. Its fields are those of the SDK's errors. */
export class WireError extends Error {
  /** DynamoDB's name of the error, or the code of the network's. */
  override readonly name: string;
  readonly $metadata: { httpStatusCode?: number };
  readonly Item: ErrorAnswer['Item'];
  readonly CancellationReasons: ErrorAnswer['CancellationReasons'];

  constructor(name: string, status: number | undefined, { message, Item, CancellationReasons }: ErrorAnswer = {}, options?: ErrorOptions) {
    super(message ?? `DynamoDB answered ${name}.`, options);
    this.name = name;
    this.$metadata = status === undefined ? {} : { httpStatusCode: status };
    this.Item = Item;
    this.CancellationReasons = CancellationReasons;
  }
}
