import { countOf } from '../../core/count-of.ts';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import { listPrices } from '../../core/ledger/limits/prices.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import type { DownPlan, WayDown } from '../../core/plan/down-plan.ts';
import { moment, versions as versionsInWords, whole } from '../terminal/in-words.ts';
import type { Outlook } from './outlook.ts';

/**
 * What a run down would do, by the ledger.
 *
 * @param chosen the versions that it takes back, the highest first
 * @param prices those of `--prices`; the list prices of us-east-1 if it is left out
 * @returns undefined if there is none, or the start will be refused, which then says why
 */
export function outlookDown(
  table: string,
  chosen: readonly Version[],
  { versions: ways }: DownPlan,
  prices = listPrices,
): Outlook | undefined {
  const takenBack = chosen.map(({ sequence }) => ways.find((way) => way.sequence === sequence));
  const known = takenBack.filter((way) => way !== undefined);
  if (chosen.length === 0 || known.length < chosen.length || known.some(({ way }) => way === 'none' || way === 'partly')) return undefined;
  const { changed, inserted, readUnits, writeUnits } = chosen.reduce(
    (sum, { counters }) => (counters ? addCounters(sum, counters) : sum),
    noCounters(),
  );
  const { millionReadUnits, millionWriteUnits, currency, region } = prices;
  const cost = (writeUnits * millionWriteUnits + readUnits * millionReadUnits) / 1_000_000;
  const them = versionsInWords(chosen.map(({ sequence }) => sequence));
  return {
    title: `${table} down ${them}`,
    what: known.map((way) => `takes v${way.sequence} back ${wayInWords(way)}`).join('; '),
    howMany: `its runs changed ${countOf(changed, 'item')} and inserted ${whole(inserted)}; down reads the whole table`,
    takes: `up took ${whole(readUnits)} read and ${whole(writeUnits)} write units, ${cost < 0.005 ? 'less than 0.01' : `about ${cost.toFixed(2)}`} ${currency} (on demand, ${region})`,
    wayBack: `\`dynamodt up ${table}\` applies ${chosen.length === 1 ? 'it' : 'them'} again`,
    reasons: ['it takes data away that is in the table now'],
  };
}

function wayInWords({ way, by, journalUntil }: WayDown): string {
  if (way === 'journal') return `exactly, by its journal${journalUntil === undefined ? '' : ` (kept until ${moment(journalUntil)} UTC)`}`;
  return by === 'transformDown' ? 'by its transformDown' : 'by removing what it added';
}
