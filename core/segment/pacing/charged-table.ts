import { insertUnits } from '../../change/change-units.ts';
import { itemSize } from '../../values/item-size.ts';
import type { TableShape } from '../../values/table-shape.ts';
import type { TablePort } from '../table-port.ts';
import type { Pacing } from './pacing.ts';

/**
 * Charges rare requests to the budget too: strongly consistent reads of single items, and transactions that put an item back. They do not
 * wait for the budget, since an item is half settled then; later requests wait instead.
 */
export function chargedTable(
  table: TablePort,
  shape: TableShape,
  reads: Pick<Pacing, 'charge'>,
  writes: Pick<Pacing, 'charge'>,
): TablePort {
  return {
    readPage: (request) => table.readPage(request),
    readItems: (targets, isStrong) => table.readItems(targets, isStrong),
    writeBatch: (batch, mayWrite) => table.writeBatch(batch, mayWrite),
    writeTransaction: (write, mayWrite) => table.writeTransaction(write, mayWrite),
    writeTogether: (writes, mayWrite) => table.writeTogether(writes, mayWrite),
    readItem: async (key) => {
      const image = await table.readItem(key);
      reads.charge(image ? Math.ceil(itemSize(image) / 4096) : 1);
      return image;
    },
    putBack: async (image, mayWrite) => {
      const result = await table.putBack(image, mayWrite);
      if (result === 'written' || result === 'taken') writes.charge(insertUnits([image], shape));
      return result;
    },
  };
}
