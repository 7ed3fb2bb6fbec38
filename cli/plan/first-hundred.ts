import { versionList } from '../../core/ledger/versions/version-list.ts';
import type { PendingVersion, TablePlan } from '../../core/plan/table-plan.ts';

type Version = Pick<PendingVersion, 'sequence' | 'declared'> & { trial: { estimated: { changed: number } } | null };

const aHundred = 100;

/** Proposes to change a hundred items first, if pending versions take something away from more items than that. In one line, or none. */
export function firstHundredLines({ table, versions }: Pick<TablePlan, 'table'> & { versions: readonly Version[] }): string[] {
  const touching = versions.filter(({ trial, declared }) => (trial?.estimated.changed ?? 0) > aHundred && takesAway(declared));
  if (touching.length === 0) return [];
  const doing = takingAway
    .filter((name) => touching.some(({ declared }) => does(declared, name)))
    .map((name) => (touching.length === 1 ? name : name.slice(0, -1)));
  const them = versionList(touching.map(({ sequence }) => sequence));
  return [
    `${them} ${listed(doing)}: \`dynamodt up ${table} --pause-after ${aHundred}\` changes a hundred items first, and pauses for a look at them`,
  ];
}

const takingAway = ['overwrites', 'removes', 'deletes'] as const;

function takesAway(declared: Version['declared']): boolean {
  return takingAway.some((name) => does(declared, name));
}

function does(declared: Version['declared'], name: (typeof takingAway)[number]): boolean {
  const said = declared?.[name] ?? false;
  return typeof said === 'boolean' ? said : said.length > 0;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
