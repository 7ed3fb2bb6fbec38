import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation, Wire } from '../../aws/table/wire.ts';
import type { ItemShape } from '../item-shapes.ts';
import { ModelledTable } from '../modelled/modelled-table.ts';

const tableName = 'Measured';

/** Answers that were made before: nothing of DynamoDB's work is part of the process's figures but the copy of a page's text. */
export class AnsweredInProcess implements Wire {
  readonly #pages: readonly Buffer[];
  #next = 0;

  constructor(pages: readonly Buffer[]) {
    this.#pages = pages;
  }

  readonly send = async (operation: Operation, body: string, mayWrite: () => boolean = () => true): Promise<string> => {
    if (!mayWrite()) throw new Error('A worker whose lease does not end may always write.');
    if (operation === 'Scan') {
      const page = this.#pages[this.#next++ % this.#pages.length];
      await sleep(4);
      return page?.toString() ?? '';
    }
    const writes = body.split('"Statement":').length - 1;
    await sleep(6);
    return `{"ConsumedCapacity":[{"TableName":"${tableName}","CapacityUnits":${writes}}],"Responses":[${`,{"TableName":"${tableName}"}`.repeat(writes).slice(1)}]}`;
  };
}

/** The answers to all scans of a table with that many items. */
export function pagesOf(shape: ItemShape, items: number): Buffer[] {
  const table = new ModelledTable(tableName, shape, items);
  const pages: Buffer[] = [];
  let from: { LastEvaluatedKey?: Record<string, unknown> } = {};
  do {
    const { text } = table.scan({ ...(from.LastEvaluatedKey ? { ExclusiveStartKey: from.LastEvaluatedKey } : {}), Limit: itemsPerPage });
    pages.push(Buffer.from(text));
    from = JSON.parse(text);
  } while (from.LastEvaluatedKey);
  return pages;
}

/** As a worker asks for. */
const itemsPerPage = 1000;
