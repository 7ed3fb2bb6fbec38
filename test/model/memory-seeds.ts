import type { SeedChunk, SeedPort, SeedResult } from '../../core/segment/seed-items.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import type { ItemChange, MemoryTable } from './memory-table.ts';
import { InjectedError, type Network, type Request } from './network.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** The position in the version's seeds, which is updated in one transaction with their inserts. */
export class MemorySeeds {
  readonly #table: MemoryTable;
  readonly #network: Network;
  readonly #scheduler: Scheduler;
  readonly #onInserted: (changes: ItemChange[]) => void;
  #position = 0;

  constructor(table: MemoryTable, network: Network, scheduler: Scheduler, onInserted: (changes: ItemChange[]) => void) {
    this.#table = table;
    this.#network = network;
    this.#scheduler = scheduler;
    this.#onInserted = onInserted;
  }

  /** @param onHandOver called in the tick in which the inserts are handed to the network */
  portFor(process: Process, onHandOver: () => void): SeedPort {
    return {
      position: () => this.#network.send(process, 'position of the seeds is read', async () => this.#position),
      // The model's way down begins with a table whose seeds were inserted.
      inserted: async (seeds) => new Set(seeds.keys()),
      insert: async (images, chunk, mayWrite) => {
        await this.#scheduler.step(process, 'process', 'seeds are signed');
        if (!mayWrite()) return { kind: 'throttled' };
        onHandOver();
        try {
          return await this.#network.send(process, 'seeds are inserted', async (request) => this.#insert(images, chunk, request));
        } catch (error) {
          if (error instanceof InjectedError) return { kind: 'throttled' };
          throw error;
        }
      },
    };
  }

  #insert(images: readonly Image[], chunk: SeedChunk, { fault }: Request): SeedResult {
    if (fault === 'conflict' || fault === 'throttleOne') return { kind: 'throttled' };
    if (chunk.from !== this.#position) return { kind: 'moved' };
    const present = images.map((image) => this.#table.get(image));
    if (present.some((image) => image)) return { kind: 'taken', images: present };
    this.#position = chunk.from + chunk.images.length;
    this.#onInserted(images.map((image) => this.#table.replace(image, image)));
    return { kind: 'done' };
  }
}
