import { z } from 'zod';
import { statusDocument } from '../status-document.ts';
import { statusLines } from '../status-text.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { Verb } from '../verb.ts';

const Options = z.object({ failures: z.boolean().default(false) });

/** Shows where a table stands, or all. */
export const status: Verb = {
  name: 'status',
  summary: 'show applied and pending versions and the latest run of a table, or of all',
  example: 'status Users --failures',
  addOptions: (command) => {
    command.option('--failures', 'list the items that failed');
  },
  run: async (invocation) => {
    const { service, output, table } = invocation;
    const { failures } = Options.parse(invocation.options);
    const documents = await Promise.all((await tablesAsked(invocation)).map((asked) => statusDocument(service, asked, failures)));
    output.document(table === undefined ? documents : documents[0]);
    output.text(documents.length > 0 ? statusLines(documents, output).join('\n') : 'The deployed service has no transformations.');
    return 0;
  },
};
