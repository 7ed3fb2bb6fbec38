import { insertUnits } from '../change/change-units.ts';
import { itemSize } from '../values/item-size.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { Pacing } from './pacing.ts';
import type { TablePort } from './table-port.ts';

/**
 * A table whose rare requests beside the scan and the changes are charged to the budget too: strongly consistent reads of single items,
 * and transactions that put an item back. Neither waits for its turn, as an item is under way then; what comes after them does.
 */
export function chargedTable(
  table: TablePort,
  shape: TableShape,
  reads: Pick<Pacing, 'charge'>,
  writes: Pick<Pacing, 'charge'>,
): TablePort {
  return {
    readPage: (request) => table.readPage(request),
    writeBatch: (batch, mayWrite) => table.writeBatch(batch, mayWrite),
    writeTransaction: (write, mayWrite) => table.writeTransaction(write, mayWrite),
    readItem: async (key) => {
      const image = await table.readItem(key);
      reads.charge(image ? Math.ceil(itemSize(image) / 4096) : 1);
      return image;
    },
    putBack: async (image, mayWrite) => {
      const result = await table.putBack(image, mayWrite);
      if (result !== 'throttled') writes.charge(insertUnits([image], shape));
      return result;
    },
  };
}
