import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { countOf } from '../../core/count-of.ts';
import { docsFrom } from '../docs-folder.ts';
import { operator } from '../operator.ts';
import type { PictureAsks } from '../page/run-picture.ts';
import { pricesAsked, pricesOption } from '../prices-option.ts';
import { factsIn } from '../status/acknowledged-shown.ts';
import { type StatusAsks, type StatusDocument, statusDocument, statusOrError } from '../status/status-document.ts';
import { statusLines } from '../status/status-text.ts';
import { watchStatus } from '../status/watch-status.ts';
import { type TableAsked, tablesAsked } from '../tables-asked.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

const Options = z.object({
  failures: z.boolean().default(false),
  run: z.string().optional(),
  html: z.string().optional(),
  ack: z.boolean().default(false),
  watch: z.boolean().default(false),
});

/** Shows the status of a table, or of all. */
export const status: Verb = {
  name: 'status',
  summary: 'show applied and pending versions and the latest run of a table, or of all',
  example: 'status Users --failures --html users.html',
  addOptions: (command) => {
    command.option('--failures', 'list the items that failed, with their keys; for a dry run, also items that it would change');
    command.option('--run <id>', 'show this run instead of the one that holds the table, or the latest; `history` lists runs');
    command.option('--ack', 'acknowledge the warnings: no command prints them again until they change, and the ledger keeps who did');
    command.option('--watch', 'look again every two seconds, until Ctrl-C; less often at a run of thousands of segments');
    command.option('--html <file>', 'also write a report of the run as an HTML page');
    command.addOption(pricesOption());
  },
  run: async (invocation) => {
    const { output, table } = invocation;
    const { failures, run, html, ack, watch } = Options.parse(invocation.options);
    const prices = await pricesAsked(invocation.options);
    if (table === undefined && (run !== undefined || html !== undefined))
      throw new UsageError('--run and --html are about one table: name it, as in `dynamodt status Users --html users.html`.');
    if (watch && (html !== undefined || ack)) throw new UsageError('--watch only looks: leave out --html and --ack.');
    if (watch && !output.isRedrawn)
      throw new UsageError(
        '--watch redraws a terminal, and the output is none. Without it, `dynamodt status` can be repeated; `--json` is for programs.',
      );
    const asks = { withFailures: failures, run, bill: { prices } };
    if (watch) return watchStatus(invocation, () => documentsOf(invocation, asks));
    const tables = await tablesAsked(invocation);
    if (ack) await acknowledgeAll(invocation, tables);
    const documents = await documentsOf(invocation, asks, tables);
    const [only] = tables;
    if (html !== undefined && only)
      await keepPage(html, await drawn(invocation, only, { id: run, withKeys: failures, html, prices }), failures);
    output.document(table === undefined ? documents : documents[0]);
    output.text(documents.length > 0 ? statusLines(documents, output) : 'The deployed service has no transformations.');
    if (html !== undefined) output.text(`The picture of the run is in ${html}.`);
    const unread = documents.flatMap(({ error }) => (error ? [error] : []));
    for (const { name, message } of unread) output.fail(name, message);
    return unread.length > 0 ? 1 : 0;
  },
};

async function documentsOf(invocation: Invocation, asks: StatusAsks, tables?: readonly TableAsked[]): Promise<StatusDocument[]> {
  const { service, table } = invocation;
  return Promise.all(
    (tables ?? (await tablesAsked(invocation))).map((asked) =>
      table === undefined ? statusOrError(service, asked, asks) : statusDocument(service, asked, asks),
    ),
  );
}

async function acknowledgeAll({ service, output }: Invocation, tables: readonly TableAsked[]): Promise<void> {
  for (const asked of tables) {
    const facts = factsIn(await statusOrError(service, asked, { withFailures: false }));
    if (facts.length === 0) continue;
    await service.acknowledge(asked.table, facts, operator());
    output.say(`${asked.table}: ${countOf(facts.length, 'warning is', 'warnings are')} acknowledged; \`--json\` lists all`);
  }
}

/**
 * Writes the page to a file.
 *
 * @param withKeys true if the page contains keys of items: then only the owner of the file may read it
 * @throws UsageError: if the file cannot be written
 */
async function keepPage(file: string, page: string, withKeys: boolean): Promise<void> {
  try {
    const handle = await open(file, 'w', withKeys ? 0o600 : 0o666);
    try {
      // The mode above applies only to a new file.
      if (withKeys && (await handle.stat()).isFile()) await handle.chmod(0o600);
      await handle.writeFile(page);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(
      `The page cannot be written to ${file} (${why}). Name a file in a folder that exists, as in \`--html users.html\`.`,
    );
  }
}

/** The page of a table's run, as text. @param html the file that it is for: links to the documentation are relative to it */
async function drawn(
  { service }: Invocation,
  asked: TableAsked,
  { html, ...what }: Omit<PictureAsks, 'now'> & { html: string },
): Promise<string> {
  const [{ pictureRun }, { page }] = await Promise.all([import('../page/run-picture.ts'), import('../page/page.ts')]);
  const picture = await pictureRun(service, asked, { ...what, now: new Date() });
  return page(picture, { docs: docsFrom(dirname(resolve(html))), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });
}
