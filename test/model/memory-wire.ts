import { type Operation, type Wire, WireError } from '../../aws/table/wire.ts';
import { readAnswer, requestText } from '../../aws/table/wire-json.ts';
import { GuardClosed } from '../../aws/table/write-guard.ts';
import type { Findings } from './findings.ts';
import type { MemoryServer } from './memory-server.ts';
import type { Network, Request } from './network.ts';
import { ValidationException } from './operation.ts';
import type { Process, Scheduler } from './scheduler.ts';

export interface MemoryWirePorts {
  server: MemoryServer;
  network: Network;
  scheduler: Scheduler;
  process: Process;
  findings: Findings;
  /** Called in the tick in which a write is handed to the network. */
  onHandOver(): void;
}

/** The wire of one process: it executes requests on a table in memory. */
export function memoryWire({ server, network, scheduler, process, findings, onHandOver }: MemoryWirePorts): Wire {
  /** Fails if a request is not valid for DynamoDB, since the code must never send one. */
  const checked = async (serve: () => object | Promise<object>): Promise<object> => {
    try {
      return await serve();
    } catch (error) {
      if (error instanceof ValidationException) findings.violate(`${process.name} sent what DynamoDB refuses: ${error.message}`);
      throw error;
    }
  };
  const serve = (operation: Operation, body: string, request: Request): object | Promise<object> => {
    switch (operation) {
      case 'Scan':
        return server.scan(readAnswer(body));
      case 'Query':
        return server.query(readAnswer(body));
      case 'BatchGetItem':
        return server.batchGetItem(readAnswer(body));
      case 'GetItem':
        return server.getItem(readAnswer(body));
      case 'BatchExecuteStatement':
        return server.executeStatements(readAnswer(body), request);
      case 'TransactWriteItems':
        return server.transact(readAnswer(body), request);
      case 'UpdateItem':
        return server.single('update', readAnswer(body), request);
      case 'DeleteItem':
        return server.single('delete', readAnswer(body), request);
      default:
        throw new Error(`${operation} is not modelled.`);
    }
  };
  return {
    send: async (operation, body, mayWrite) => {
      if (mayWrite) {
        await scheduler.step(process, 'process', `${operation} is signed`);
        if (!mayWrite()) throw new GuardClosed('The permission to write ran out.');
        onHandOver();
      }
      try {
        return requestText(await network.send(process, operation, (request) => checked(() => serve(operation, body, request))));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // Only what DynamoDB answered has a status.
        throw new WireError(error.name, error.name === 'TimeoutError' ? undefined : 400, error);
      }
    },
  };
}
