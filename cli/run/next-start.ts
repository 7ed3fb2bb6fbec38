import { heldOf } from '../../core/ledger/hold.ts';
import { tablesAsked } from '../tables-asked.ts';
import { boundInWords, type HoldShown, holdInWords, holdShown } from '../terminal/hold-shown.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import type { Invocation } from '../verb.ts';
import type { RunDocument } from './run-document.ts';

type Asked = Pick<Invocation, 'table' | 'service'>;

/** The hold that a run up met; undefined if it holds no deployed version. For information only: a request that fails tells nothing. */
export async function holdOf({ table, service }: Asked): Promise<HoldShown | undefined> {
  const [asked] = await tablesAsked({ table, service }).catch(() => []);
  if (!asked) return undefined;
  const [hold, versions] = await Promise.all([
    service.ledger.hold(asked.table).catch(() => undefined),
    service.ledger.versions(asked.table).catch(() => []),
  ]);
  return holdShown(hold, asked.files, versions);
}

/** Of the versions that a run down took back, those that the next start without `--to` applies again: their files are deployed. */
export async function pendingAgain({ sequences }: Pick<RunDocument, 'sequences'>, { table, service }: Asked): Promise<number[]> {
  const [asked] = await tablesAsked({ table, service }).catch(() => []);
  if (!asked) return [];
  const deployed = asked.files.map(({ sequence }) => sequence).filter((sequence) => sequences.includes(sequence));
  const hold = await service.ledger.hold(asked.table).catch(() => undefined);
  const held = heldOf(hold, deployed, []);
  return [...new Set(deployed)].filter((sequence) => !held.includes(sequence)).sort((a, b) => a - b);
}

/** What a hold means for a run up. @param named the version that the run named by `--to` or `--again` */
export function holdText(table: string, hold: HoldShown, named: number | undefined): string {
  if (named === undefined)
    return `${table}: ${holdInWords(hold)}; \`dynamodt release ${table}\` ends that, \`dynamodt up ${table} --to ${hold.below}\` goes on nevertheless`;
  return `${table}: v${named} was asked for by its number, although ${boundInWords(hold)}; the hold stays for starts that name no version`;
}

export function pendingAgainText(table: string, again: readonly number[]): string[] {
  const [first] = again;
  if (first === undefined) return [];
  return [
    `  The next \`dynamodt up ${table}\`, or the next pipeline, applies ${versionsInWords(again)} again, because ${again.length > 1 ? 'their files are' : 'its file is'} deployed. To prevent that:`,
    `  \`dynamodt hold ${table} --below ${first} --why "…"\`, until \`dynamodt release ${table}\``,
  ];
}
