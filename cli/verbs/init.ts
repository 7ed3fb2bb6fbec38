import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { ownValue } from '../../core/own-value.ts';
import { nextSequence } from '../../core/run/refuse-file.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';
import { type InitDocument, initTable, versionFiles } from '../files/init-table.ts';
import { readSquashed } from '../files/squashed-file.ts';
import { describeError } from '../terminal/describe-error.ts';
import { versions } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

const nameOne = 'Name the table, which needs no deployed service: `dynamodt init Users`.';

/** How long to wait for the deployed service, in milliseconds. */
const maxWaitMs = 5000;

/** Creates the next version of a table; without a table, the first version of every table of the service that has none. */
export const init: Verb = {
  name: 'init',
  summary: "create a table's next transformation file, to be filled in, and its test",
  example: 'init Users',
  worksWithoutStage: () => true,
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
    const remarks: string[] = [];
    for (const name of tables) {
      const here = (await versionFiles(folder, name)).at(-1)?.sequence ?? 0;
      const taken = await takenNumbers(invocation, name);
      const squashed = await readSquashed(folder, name);
      const document = await initTable(folder, name, js && 'js', Math.max(taken.highest, ...squashed));
      documents.push(document);
      remarks.push(...remarkOn(taken, here, document));
    }
    output.document(table === undefined ? documents : documents[0]);
    output.text([...initText(documents), ...(remarks.length > 0 ? ['', ...remarks] : [])]);
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

interface TakenNumbers {
  /** 0 if there is none, or if the service was not reached. */
  highest: number;
  /** Why the service was not reached. */
  unknown?: string;
}

/** What deployed files and the ledger use. To make a file needs no service, so one that does not answer is no failure. */
async function takenNumbers({ service }: Invocation, table: string): Promise<TakenNumbers> {
  const read = async (): Promise<TakenNumbers> => {
    const [catalog, versions] = await Promise.all([service.catalog(), service.ledger.versions(table)]);
    const { files } = ownValue(catalog?.tables ?? {}, table) ?? { files: [] };
    return { highest: nextSequence(files, versions) - 1 };
  };
  const tooLate = setTimeout(maxWaitMs, { highest: 0, unknown: `no answer within ${maxWaitMs / 1000} seconds` }, { ref: false });
  try {
    return await Promise.race([read(), tooLate]);
  } catch (error) {
    return { highest: 0, unknown: describeError(await service.explained(error)).name };
  }
}

function remarkOn({ highest, unknown }: TakenNumbers, here: number, { table, sequence }: InitDocument): string[] {
  if (unknown)
    return [
      `The deployed service was not reached (${unknown}), so v${sequence} of ${table} is the next number after the files here. If another branch or the ledger has it, \`dynamodt plan ${table}\` says so.`,
    ];
  return highest > here ? [`${table} has v${highest} in the deployed service or its ledger, and not here, so this is v${sequence}.`] : [];
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
  const { table, created, kept, test } = first;
  const more = documents.length > 1;
  return [
    ...documents.flatMap((document) => document.created.map((path) => `created ${path}`)),
    ...documents.flatMap((document) => document.kept.map((path) => `kept ${path}, which existed already`)),
    ...(test?.found === false ? ['', notFound] : []),
    '',
    'Next:',
    `  1. Say in ${[...created, ...kept][0]} what changes, and in its test the expected items: ${test?.command ?? 'npx vitest run'}`,
    `  2. npx dynamodt plan ${table}: what the file would do to the real table, by a sample; writes nothing. With --offline it needs no table.`,
    '  3. Deploy an application that writes both shapes, and then the transformation.',
    `  4. npx dynamodt up ${table}${more ? ', and so on, or npx dynamodt up for all of them' : ''}`,
  ];
}

const notFound =
  "The configuration of the project's test runner includes none of the folders in which the test could be. Add one to it, or move the test and correct its import.";
