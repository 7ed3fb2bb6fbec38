import * as z from 'zod';
import { wholeNumber } from '../options.ts';
import { historyDocument } from '../status/history-document.ts';
import { historyText } from '../status/history-text.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { Verb } from '../verb.ts';

const Options = z.object({ limit: z.number() });

/** Shows the versions and runs of a table, or of all. */
export const history: Verb = {
  name: 'history',
  summary: 'show versions and runs of a table, or of all',
  example: 'history Users',
  addOptions: (command) => {
    command.option('--limit <n>', 'max number of runs, newest first', wholeNumber(), 20);
  },
  run: async (invocation) => {
    const { service, output, table } = invocation;
    const { limit } = Options.parse(invocation.options);
    const documents = await Promise.all((await tablesAsked(invocation)).map((asked) => historyDocument(service, asked, limit)));
    output.document(table === undefined ? documents : documents[0]);
    output.text(
      documents.length > 0
        ? documents.flatMap((document, index) => [...(index > 0 ? [''] : []), ...historyText(document, output)])
        : 'The deployed service has no transformations.',
    );
    return 0;
  },
};
