import type { Page, PageRequest, TablePort, Write, WriteResult } from '../../core/segment/table-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { itemShapes } from '../item-shapes.ts';

const itemsPerPage = 2000;
const { small } = itemShapes;

/** A table of any size that stores nothing: items are created when they are read, and dropped when they are written. */
export function bottomlessTable(count: number): TablePort {
  let read = 0;
  return {
    readPage: async ({ limit = itemsPerPage }: PageRequest): Promise<Page> => {
      const from = read;
      read = Math.min(count, from + Math.min(limit, itemsPerPage));
      const images = Array.from({ length: read - from }, (_, index) => small.item(from + index));
      const [last] = images.slice(-1);
      return { images, position: read < count && last?.['id'] ? { id: last['id'] } : undefined, readUnits: images.length / 16 };
    },
    readItem: async (key: Image) => key,
    readItems: async (targets) => ({ found: [...targets], unread: [], readUnits: targets.length / 2 }),
    writeBatch: async (writes: readonly Write[]): Promise<WriteResult[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return writes.map(({ units }) => ({ kind: 'written', units }));
    },
    writeTransaction: async ({ units }: Write): Promise<WriteResult> => ({ kind: 'written', units }),
    writeTogether: async () => ({ kind: 'written' }),
    putBack: async () => 'written',
  };
}
