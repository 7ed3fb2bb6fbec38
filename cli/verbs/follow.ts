import * as z from 'zod';
import { notFollowed } from '../../core/follow/not-followed.ts';
import { followShown } from '../status/follow-shown.ts';
import { followText } from '../status/follow-text.ts';
import { type TableAsked, tablesAsked } from '../tables-asked.ts';
import { whole } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

const Options = z.object({ failures: z.boolean().default(false), retry: z.boolean().default(false) });

/** Shows what older code still writes to followed tables. */
export const follow: Verb = {
  name: 'follow',
  summary: 'show what older code still writes to a followed table, or try failed items again',
  example: 'follow Users --failures',
  addOptions: (command) => {
    command.option('--failures', 'list keys: of the newest items that were brought up, and of those that could not be');
    command.option('--retry', 'try the items again that could not be brought up, with what is deployed now');
  },
  run: async (invocation) => {
    const { failures, retry } = Options.parse(invocation.options);
    if (retry && invocation.table === undefined)
      throw new UsageError('--retry is about one table: name it, as in `dynamodt follow Users --retry`.');
    const asked = await tablesAsked(invocation);
    const [one] = asked;
    if (invocation.table !== undefined && one && !one.follows) throw notFollowed(one.table);
    return retry && one
      ? retried(invocation, one, failures)
      : shown(
          invocation,
          asked.filter(({ follows }) => follows),
          failures,
        );
  },
};

async function shown({ table, service, output }: Invocation, tables: readonly TableAsked[], withKeys: boolean): Promise<number> {
  const documents = await Promise.all(
    tables.map(async (asked) => ({ table: asked.table, follow: await followShown(service, asked, withKeys) })),
  );
  output.document(table === undefined ? documents : documents[0]);
  const lines = documents.flatMap(({ table: name, follow: found }) => [
    output.styled('bold', name),
    ...(found ? followText(name, found, output).map((line) => `  ${line}`) : []),
  ]);
  output.text(lines.length > 0 ? lines : 'The deployed service follows no table.');
  return 0;
}

/** @returns 1 if an item fails again */
async function retried({ service, output }: Invocation, asked: TableAsked, withKeys: boolean): Promise<number> {
  const { table } = asked;
  const answer = await (await service.follower()).retry(table);
  const found = await followShown(service, asked, withKeys);
  output.document({ table, ...answer, ...(found ? { follow: found } : {}) });
  const { retried: tried, mended, failed } = answer;
  output.text([
    tried === 0
      ? `No item of ${table} waits to be tried again.`
      : `${table}: ${whole(tried)} tried again, ${whole(mended)} brought up or as they should be, ${whole(failed)} failed again.`,
    ...(found && failed > 0 ? followText(table, found, output).map((line) => `  ${line}`) : []),
  ]);
  return failed > 0 ? 1 : 0;
}
