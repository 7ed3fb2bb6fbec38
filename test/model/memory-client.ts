import {
  BatchExecuteStatementCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { MiddlewareStack } from '@smithy/types';
import type { Findings } from './findings.ts';
import type { MemoryServer } from './memory-server.ts';
import type { Network, Request } from './network.ts';
import { ValidationException } from './operation.ts';
import type { Process, Scheduler } from './scheduler.ts';

export interface MemoryClientPorts {
  server: MemoryServer;
  network: Network;
  scheduler: Scheduler;
  process: Process;
  findings: Findings;
  /** Called in the tick in which a write is handed to the network. */
  onHandOver(): void;
}

/** The middleware that the sender gave to a command: the guard before the bytes are handed over. */
type GuardedStack = Pick<MiddlewareStack<object, object>, 'resolve'>;

/** A DynamoDBClient of one process: it executes the commands on a table in memory. */
export const memoryClient = ({ server, network, scheduler, process, findings, onHandOver }: MemoryClientPorts): DynamoDBClient => {
  /** What DynamoDB cannot understand is never sent. */
  const checked = async (serve: () => object | Promise<object>): Promise<object> => {
    try {
      return await serve();
    } catch (error) {
      if (error instanceof ValidationException) findings.violate(`${process.name} sent what DynamoDB refuses: ${error.message}`);
      throw error;
    }
  };
  const read = (label: string, serve: () => object): Promise<object> => network.send(process, label, () => checked(serve));
  const write = async (
    command: { middlewareStack: GuardedStack },
    label: string,
    serve: (request: Request) => Promise<object>,
  ): Promise<object> => {
    await scheduler.step(process, 'process', `${label} is signed`);
    const handOver = command.middlewareStack.resolve(async () => {
      onHandOver();
      return { response: {}, output: await network.send(process, label, (request) => checked(() => serve(request))) };
    }, {});
    const { output } = await handOver({ input: {} });
    return output;
  };
  const send = (command: unknown): Promise<object> => {
    if (command instanceof ScanCommand) return read('Scan', () => server.scan(command.input));
    if (command instanceof GetItemCommand) return read('GetItem', () => server.getItem(command.input));
    if (command instanceof BatchExecuteStatementCommand)
      return write(command, 'BatchExecuteStatement', (request) => server.executeStatements(command.input, request));
    if (command instanceof TransactWriteItemsCommand)
      return write(command, 'TransactWriteItems', (request) => server.transact(command.input, request));
    if (command instanceof UpdateItemCommand)
      return write(command, 'UpdateItem', (request) => server.single('update', command.input, request));
    if (command instanceof DeleteItemCommand)
      return write(command, 'DeleteItem', (request) => server.single('delete', command.input, request));
    if (command instanceof PutItemCommand) return write(command, 'PutItem', (request) => server.single('put', command.input, request));
    throw new TypeError('a command that the model does not know');
  };
  return Object.assign(Object.create(DynamoDBClient.prototype), { send });
};
