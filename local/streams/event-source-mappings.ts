import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FunctionFailure } from '../functions/function-failure.ts';
import type { FunctionPool } from '../functions/function-pool.ts';
import { dynamoDbStream } from './dynamodb-stream.ts';
import { EventSourceMapping } from './event-source-mapping.ts';
import { mappingId } from './mapping-id.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { openState } from './mapping-state.ts';

/** A table whose stream a function gets. */
export interface MappedTable {
  /** Physical name. */
  table: string;
  settings: MappingSettings;
}

export interface MappingsOptions {
  /** The function, by its name without prefix. */
  function: string;
  client: DynamoDBClient;
  dynamodbUrl: string;
  region: string;
  functions: FunctionPool;
  /** Folder in which each mapping keeps its position. */
  folder: string;
  log(line: string): void;
}

/** The event source mappings of a function, one for each table. */
export class EventSourceMappings {
  readonly function: string;
  readonly #options: MappingsOptions;
  readonly #mappings = new Map<string, { table: string; mapping: EventSourceMapping }>();

  constructor(options: MappingsOptions) {
    this.function = options.function;
    this.#options = options;
  }

  /** A deploy: begins the mappings that are new, and ends those of tables that are mapped no more. */
  async deploy(tables: readonly MappedTable[]): Promise<void> {
    const { function: name, client, dynamodbUrl, region, functions, folder, log } = this.#options;
    const wanted = new Map(tables.map((one) => [mappingId(name, one.table), one]));
    for (const [id, { mapping }] of this.#mappings)
      if (!wanted.has(id)) {
        mapping.close();
        this.#mappings.delete(id);
      }
    for (const [id, { table, settings }] of wanted) {
      if (this.#mappings.has(id)) continue;
      const mapping = new EventSourceMapping({
        settings,
        source: dynamoDbStream(client, dynamodbUrl, region, table),
        kept: await openState(join(folder, `${id}.json`), settings.Enabled),
        invoke: async (event) => {
          try {
            return { answer: await functions.invoke(name, event) };
          } catch (error) {
            const { name: type, message } = error instanceof Error ? error : new Error(String(error));
            return error instanceof FunctionFailure ? { error: type } : { notInvoked: `${type}: ${message}` };
          }
        },
        now: Date.now,
        sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
        log,
      });
      this.#mappings.set(id, { table, mapping });
    }
  }

  /** By their ids. */
  get all(): ReadonlyMap<string, { table: string; mapping: EventSourceMapping }> {
    return this.#mappings;
  }

  close(): void {
    for (const { mapping } of this.#mappings.values()) mapping.close();
  }
}
