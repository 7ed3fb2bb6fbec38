import { repairVersions } from '../../core/run/versions/repair-versions.ts';
import { operator } from '../operator.ts';
import { addSequenceOption, sequenceAsked } from '../options.ts';
import { oneTableAsked } from '../tables-asked.ts';
import { textTable } from '../terminal/text-table.ts';
import type { Verb } from '../verb.ts';

/** What `repair` prints with `--json`. Fields may be added, but not changed. */
export interface RepairDocument {
  table: string;
  repaired: { sequence: number; file: string; from: string; to: string }[];
}

/** Sets the ledger's checksums of applied versions to those of the deployed files. */
export const repair: Verb = {
  name: 'repair',
  summary: 'accept that the deployed file of an applied version differs from what was applied',
  example: 'repair Users --sequence 3',
  addOptions: (command) => addSequenceOption(command, 'only this version; by default all that differ'),
  run: async (invocation) => {
    const { service, output } = invocation;
    const { table, files } = await oneTableAsked(invocation, 'repair');
    const asked = { table, files, sequence: sequenceAsked(invocation.options), by: operator(), now: new Date().toISOString() };
    const amended = await service.amend(table, (versions) => repairVersions(asked, versions));
    const repaired = amended.map(({ before, after: { sequence, checksum } }) => ({
      sequence,
      file: files.find((file) => file.sequence === sequence)?.file ?? '',
      from: before?.checksum ?? '',
      to: checksum,
    }));
    const document: RepairDocument = { table, repaired };
    output.document(document);
    output.text(
      repaired.length > 0
        ? repairedText(repaired)
        : `${table}: nothing to repair, since every applied version has the code that is deployed`,
    );
    return 0;
  },
};

function repairedText(repaired: RepairDocument['repaired']): string[] {
  return textTable(
    [
      { title: 'repaired', of: ({ sequence }) => `v${sequence}` },
      { title: 'file', of: ({ file }) => file },
      { title: 'old checksum', of: ({ from }) => from },
      { title: 'new checksum', of: ({ to }) => to },
    ],
    repaired,
  );
}
