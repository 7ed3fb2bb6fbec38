import type { TablePort, WriteResult } from './table-port.ts';

/** Counts failed conditions and throttled requests of one worker, for metrics. */
export class MeasuredTable implements TablePort {
  readonly #table: TablePort;
  /** Writes whose item had changed since it was read. */
  conflicts = 0;
  /** Pages and writes that DynamoDB refused because it was busy. */
  throttles = 0;

  constructor(table: TablePort) {
    this.#table = table;
  }

  async readPage(request: Parameters<TablePort['readPage']>[0]) {
    const page = await this.#table.readPage(request);
    if ('kind' in page) this.throttles++;
    return page;
  }

  readItem(key: Parameters<TablePort['readItem']>[0]) {
    return this.#table.readItem(key);
  }

  async readItems(...parameters: Parameters<TablePort['readItems']>) {
    const answer = await this.#table.readItems(...parameters);
    if ('kind' in answer) this.throttles++;
    return answer;
  }

  async writeBatch(...parameters: Parameters<TablePort['writeBatch']>) {
    const results = await this.#table.writeBatch(...parameters);
    results.forEach(this.#count);
    return results;
  }

  async writeTransaction(...parameters: Parameters<TablePort['writeTransaction']>) {
    const result = await this.#table.writeTransaction(...parameters);
    this.#count(result);
    return result;
  }

  async writeTogether(...parameters: Parameters<TablePort['writeTogether']>) {
    const result = await this.#table.writeTogether(...parameters);
    this.#count(result);
    return result;
  }

  putBack(...parameters: Parameters<TablePort['putBack']>) {
    return this.#table.putBack(...parameters);
  }

  #count = (result: WriteResult): void => {
    if (result.kind === 'conditionFailed') this.conflicts++;
    if (result.kind === 'throttled' && !result.isNotSent) this.throttles++;
  };
}
