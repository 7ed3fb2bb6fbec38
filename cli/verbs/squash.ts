import { squashVersions } from '../../core/run/versions/squash-versions.ts';
import { keepSquashed, readSquashed } from '../files/squashed-file.ts';
import { operator } from '../operator.ts';
import { sequenceFrom } from '../options.ts';
import { oneTableAsked } from '../tables-asked.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

/** What `squash` prints with `--json`. Fields may be added, but not changed. */
export interface SquashDocument {
  table: string;
  /** Sequences that this call squashed in the ledger. */
  squashed: number[];
  /** Sequences that were squashed before. */
  already: number[];
  /** The file that lists them for other stages. */
  file: string;
}

/** Says of applied versions that their files may be deleted. */
export const squash: Verb = {
  name: 'squash',
  summary: 'say of old versions that their files are needed no longer, in this stage',
  example: 'squash Users --to 50',
  addOptions: (command) => {
    command
      .option('--to <n>', 'the highest version to squash; all below it are squashed too', sequenceFrom)
      .option('--transformations <dir>', 'the folder of your files', 'transformations');
  },
  run: async (invocation) => {
    const { service, output, options } = invocation;
    const { to, transformations: folder } = options as { to?: number; transformations: string };
    if (to === undefined) throw new UsageError('Say up to which version: `dynamodt squash Users --to 50`.');
    const { table, files, tableName = table } = await oneTableAsked(invocation, 'squash');
    const listed = await readSquashed(folder, table);
    const [tableId, by] = [await service.tables.id(tableName), operator()];
    const asked = { table, to, files, listed, by, tableId, now: new Date().toISOString() };
    const amended = await service.amend(table, (versions) => squashVersions(asked, versions));
    const squashed = amended.map(({ after }) => after.sequence);
    const all = (await service.ledger.versions(table)).filter((version) => version.squashed).map(({ sequence }) => sequence);
    const file = await keepSquashed(folder, table, all);
    const document: SquashDocument = { table, squashed, already: all.filter((sequence) => !squashed.includes(sequence)), file };
    output.document(document);
    output.text([
      squashed.length > 0
        ? `${table}: ${versionsInWords(squashed)} squashed in this stage`
        : `${table}: nothing to squash, ${versionsInWords(all)} squashed before`,
      `  Squash ${table} in every other stage, too. Then delete the files of ${versionsInWords(all)}, keep ${file}, and deploy.`,
    ]);
    return 0;
  },
};
