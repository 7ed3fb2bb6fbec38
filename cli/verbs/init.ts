import { join } from 'node:path';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';
import { type InitDocument, initTable, versionFiles } from '../files/init-table.ts';
import { versions } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

const nameOne = 'Name the table, which needs no deployed service: `dynamodt init Users`.';

/** Creates the next version of a table; without a table, the first version of every table of the service that has none. */
export const init: Verb = {
  name: 'init',
  summary: "create a table's next transformation file, to be filled in, and its test",
  example: 'init Users',
  addOptions: (command) => {
    command
      .option('--transformations <dir>', 'folder of the transformations', 'transformations')
      .option('--js', 'JavaScript instead of TypeScript');
  },
  run: async (invocation) => {
    const { table, options, output } = invocation;
    const { transformations: folder, js } = options as { transformations: string; js?: true };
    const tables = table === undefined ? await tablesToBegin(invocation, folder) : [table];
    const documents: InitDocument[] = [];
    for (const name of tables) documents.push(await initTable(folder, name, js && 'js'));
    output.document(table === undefined ? documents : documents[0]);
    output.text(initText(documents));
    return 0;
  },
};

/** The tables that the service knows and that have no files. The next version of a table with files is created one by one. */
async function tablesToBegin(invocation: Invocation, folder: string): Promise<string[]> {
  const { output } = invocation;
  const known = Object.entries((await catalogOf(invocation))?.tables ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (known.length === 0) throw new UsageError(`The deployed service knows no table yet. ${nameOne}`);
  const tables: string[] = [];
  for (const [table, { files }] of known) {
    const here = (await versionFiles(folder, table)).map(({ sequence }) => sequence);
    const deployed = files.map(({ sequence }) => sequence);
    if (here.length > 0) output.say(`${table} has ${versions(here)}; \`dynamodt init ${table}\` creates the next one.`);
    else if (deployed.length > 0)
      output.say(
        `${table} has ${versions(deployed)} in the deployed service, but ${join(folder, table)} has no file: check --transformations.`,
      );
    else tables.push(table);
  }
  return tables;
}

async function catalogOf({ service }: Invocation): Promise<Catalog | undefined> {
  try {
    return await service.catalog();
  } catch (error) {
    const explained = await service.explained(error);
    throw explained instanceof OperatorError
      ? new OperatorError(explained.name, `${explained.message} ${nameOne}`, { cause: error })
      : error;
  }
}

function initText(documents: readonly InitDocument[]): string[] {
  const [first] = documents;
  if (!first) return ['No file was created.'];
  const { table, created, kept } = first;
  return [
    ...documents.flatMap((document) => document.created.map((path) => `created ${path}`)),
    ...documents.flatMap((document) => document.kept.map((path) => `kept ${path}, which existed already`)),
    '',
    'Next:',
    `  1. Say in ${[...created, ...kept][0]} what changes, and in its test the expected items: npx vitest run`,
    '  2. Deploy an application that writes both shapes, and then the transformation.',
    `  3. npx dynamodt up ${table}${documents.length > 1 ? ', and so on, or npx dynamodt up for all of them' : ''}`,
  ];
}
