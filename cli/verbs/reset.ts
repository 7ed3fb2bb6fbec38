import { adoptTable, type Reset, resetVersions } from '../../core/run/versions/reset-versions.ts';
import { operator } from '../operator.ts';
import { oneTableAsked } from '../tables-asked.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import type { Verb } from '../verb.ts';

/** What `reset` prints with `--json`. Fields may be added, but not changed. */
export interface ResetDocument {
  table: string;
  /** Sequences that are pending now. */
  reset: number[];
  /** Sequences that this call took over for the table that has the name now. */
  kept: number[];
}

/** Tells the ledger that another table has the name now. */
export const reset: Verb = {
  name: 'reset',
  summary: 'tell the ledger that the table was made anew: all its versions are pending again',
  example: 'reset Users',
  addOptions: (command) =>
    command.option('--same-table', 'the table was exchanged for one with the same items: keep what the ledger says of its versions'),
  run: async (invocation) => {
    const { service, output, options } = invocation;
    const { sameTable } = options as { sameTable?: true };
    const { table, tableName = table } = await oneTableAsked(invocation, 'reset');
    const asked: Reset = { table, tableId: await service.tables.id(tableName), by: operator(), now: new Date().toISOString() };
    const amended = await service.amend(table, (versions) => (sameTable ? adoptTable : resetVersions)(asked, versions));
    const sequences = amended.map(({ after }) => after.sequence);
    const document: ResetDocument = { table, reset: sameTable ? [] : sequences, kept: sameTable ? sequences : [] };
    output.document(document);
    output.text(resetText(document, sameTable));
    return 0;
  },
};

function resetText({ table, reset: pending, kept }: ResetDocument, sameTable: true | undefined): string {
  if (sameTable)
    return kept.length > 0 ? `${table}: ${versionsInWords(kept)} kept for the table as it is now` : `${table}: nothing to change`;
  return pending.length > 0
    ? `${table}: ${versionsInWords(pending)} pending again; no item was changed`
    : `${table}: nothing to reset, no version is applied`;
}
