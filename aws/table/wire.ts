import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** The operations that a worker sends to the team's table, and to those that it looks things up in. */
export type Operation =
  | 'Scan'
  | 'GetItem'
  | 'BatchExecuteStatement'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'TransactWriteItems'
  | 'BatchGetItem'
  | 'Query';

/** Sends one request to DynamoDB and reads its answer, without retry: what a {@link Table} needs from the network. */
export interface Wire {
  /**
   * @param body in DynamoDB's JSON
   * @param mayWrite called after the request is signed, in the tick in which it is handed to the network
   * @param patienceMs how long to wait for the answer; default is the timeout of the client
   * @returns the body of an answer with HTTP 200, in DynamoDB's JSON
   * @throws WireError: when DynamoDB answers with an error, or not at all
   * @throws GuardClosed: when `mayWrite` returns false
   */
  send(operation: Operation, body: string, mayWrite?: () => boolean, patienceMs?: number): Promise<string>;
}

/** The body of DynamoDB's error. */
export interface ErrorAnswer {
  message?: string | undefined;
  Item?: Record<string, AttributeValue>;
  CancellationReasons?: { Code?: string; Item?: Record<string, AttributeValue> }[];
}

/** DynamoDB answered with an error, or not at all. The fields are those of the SDK's errors. */
export class WireError extends Error {
  /** DynamoDB's name of the error, or the network's code. */
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
