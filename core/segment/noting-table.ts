import type { Clock } from '../clock.ts';
import { requestTimeoutMs } from '../ledger/control.ts';
import type { SeedPort } from './seed-items.ts';
import type { TablePort } from './table-port.ts';

/**
 * Calls `note` when a write ended without an answer, or a delete, whose answer is waited for, has none yet after the time of other requests:
 * in any case after it was signed. Until its signature is too old it can still be applied, also after the same write was sent again and
 * answered.
 */
export function notingTable(table: TablePort, clock: Pick<Clock, 'sleep'>, note: () => void): TablePort {
  return {
    readPage: (request) => table.readPage(request),
    readItem: (key) => table.readItem(key),
    readItems: (targets, isStrong) => table.readItems(targets, isStrong),
    writeBatch: async (writes, mayWrite) => {
      const answer = table.writeBatch(writes, mayWrite);
      if (writes.some(({ change }) => change.item.kind === 'delete')) noteIfSlow(answer, clock, note);
      const results = await answer;
      if (results.some((result) => result.kind === 'throttled' && result.isUnanswered)) note();
      return results;
    },
    writeTransaction: async (write, mayWrite) => {
      const result = await table.writeTransaction(write, mayWrite);
      if (result.kind === 'throttled' && result.isUnanswered) note();
      return result;
    },
    writeTogether: async (writes, mayWrite) => {
      const result = await table.writeTogether(writes, mayWrite);
      if (result.kind === 'throttled' && result.isUnanswered) note();
      return result;
    },
    putBack: async (image, mayWrite) => {
      const result = await table.putBack(image, mayWrite);
      if (result === 'unanswered') note();
      return result;
    },
  };
}

/** The same for seeds. */
export function notingSeeds(seeds: SeedPort, note: () => void): SeedPort {
  return {
    position: () => seeds.position(),
    inserted: (all) => seeds.inserted(all),
    insert: async (images, chunk, mayWrite) => {
      const result = await seeds.insert(images, chunk, mayWrite);
      if (result.kind === 'throttled' && result.isUnanswered) note();
      return result;
    },
  };
}

function noteIfSlow(answer: Promise<unknown>, clock: Pick<Clock, 'sleep'>, note: () => void): void {
  let isAnswered = false;
  const answered = (): void => {
    isAnswered = true;
  };
  answer.then(answered, answered);
  void clock.sleep(requestTimeoutMs).then(() => {
    if (!isAnswered) note();
  });
}
