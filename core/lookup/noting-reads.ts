import type { LookupPort } from './lookup-port.ts';

/**
 * The same port, which reports two kinds of reads by the names of their tables. `ofIndex`: in an index, items stand where they are now. `ofMore`:
 * reads whose answer can lack items that are inserted before, which are keys without an item, and all queries.
 */
export function notingReads(
  port: LookupPort,
  { ofIndex, ofMore }: { ofIndex: (tableName: string) => void; ofMore: (tableName: string) => void },
): LookupPort {
  return {
    describe: (tableName) => port.describe(tableName),
    getItems: async (tableName, keys, consistent) => {
      const got = await port.getItems(tableName, keys, consistent);
      if (got.kind === 'answered' && got.images.length + got.unprocessed.length < keys.length) ofMore(tableName);
      return got;
    },
    queryPage: (request) => {
      (request.index === undefined ? ofMore : ofIndex)(request.tableName);
      return port.queryPage(request);
    },
  };
}
