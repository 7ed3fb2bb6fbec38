import type { Image } from '../core/attribute-value.ts';
import type { Page, PageRequest, TablePort, Write, WriteResult } from '../core/table-port.ts';
import type { TableShape } from '../core/table-shape.ts';

export const modelledShape: TableShape = { name: 'Modelled', keys: [{ name: 'id', type: 'S' }], indexKeys: {} };

const itemsPerPage = 2000;

/** A table of any size that holds nothing: items of 0.5 KB with 8 attributes are made when they are read, and forgotten when they are written. */
export const modelledTable = (count: number): TablePort => ({
  readPage: async ({ position, limit = itemsPerPage }: PageRequest): Promise<Page> => {
    const from = position ? Number(position['id'] && 'S' in position['id'] ? position['id'].S : 0) + 1 : 0;
    const to = Math.min(count, from + Math.min(limit, itemsPerPage));
    const images = Array.from({ length: to - from }, (_, index) => item(from + index));
    return { images, position: to < count ? { id: { S: String(to - 1) } } : undefined, readUnits: images.length / 16 };
  },
  readItem: async (key: Image) => key,
  writeBatch: async (writes: readonly Write[]): Promise<WriteResult[]> => {
    await new Promise((resolve) => setImmediate(resolve));
    return writes.map(({ units }) => ({ kind: 'written', units }));
  },
  writeTransaction: async ({ units }: Write): Promise<WriteResult> => ({ kind: 'written', units }),
  putBack: async () => 'written',
});

const filler = 'x'.repeat(60);

const item = (n: number): Image => ({
  id: { S: String(n) },
  fullName: { S: `Given${n} Family${n}` },
  email: { S: `user${n}@example.com` },
  age: { N: String(n % 100) },
  tags: { SS: [`a${n}`, `b${n}`] },
  address: { M: { street: { S: filler }, city: { S: filler } } },
  bio: { S: filler + filler },
  active: { BOOL: n % 2 === 0 },
});
