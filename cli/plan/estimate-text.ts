import { countOf } from '../../core/count-of.ts';
import type { Duration } from '../../core/plan/estimate/estimate-run.ts';
import type { OtherEstimate } from '../../core/plan/estimate/other-estimates.ts';
import { about, twoDigits } from '../../core/plan/number-text.ts';
import type { PlanEstimate } from '../../core/plan/table-plan.ts';
import { inParts, money } from '../terminal/cost-text.ts';
import { duration, versions, whole } from '../terminal/in-words.ts';

/** Capacity, time and cost of a run, in a few lines. @param isSampled true if units are extrapolated from a sample: they have two significant digits then */
export function estimateLines(estimate: PlanEstimate, isSampled: boolean): string[] {
  const units = (exact: number): string => about(isSampled ? twoDigits(exact) : Math.round(exact));
  const {
    passes,
    together = [],
    readUnits,
    writeUnits,
    indexUnits,
    replicatedUnits,
    segments,
    workers,
    byDefault,
    asked,
    cost,
    without,
  } = estimate;
  const beside = [
    ...Object.entries(indexUnits).map(([index, written]) => `${units(written)} of index ${index}`),
    ...(replicatedUnits > 0 ? [`${units(replicatedUnits)} of replicas`] : []),
  ];
  return [
    `takes about ${units(readUnits)} read and ${units(writeUnits)} write units${beside.length > 0 ? `, and ${beside.join(', ')}` : ''} in ${countOf(passes, 'pass', 'passes')} over ${countOf(segments, 'segment')}, ${workers} at a time${together.map((group) => `; ${versions(group)} swept together`).join('')}${without.length > 0 ? `; ${versions(without)} not counted` : ''}`,
    durationText('a quarter of what the table can take', byDefault),
    ...(asked === undefined ? [] : [durationText('the budget that you give', asked)]),
    costText(cost),
    ...Object.entries(estimate.others ?? {}).map(([table, other]) =>
      otherText(table, { ...other, written: units(other.writeUnits) }, cost.currency),
    ),
  ];
}

function costText({ currency, region, asOf, notKnown, ...cost }: PlanEstimate['cost']): string {
  const { onDemand, provisioned, writes, reads, lambda, stepFunctions, rest } = cost;
  const amounts = [
    ...(onDemand === null || provisioned === null
      ? []
      : [`${inParts(onDemand, { writes, reads })} on demand, or ${money(provisioned)} as provisioned capacity`]),
    ...(lambda === null || stepFunctions === null || rest === null
      ? []
      : [
          `${inParts(lambda + stepFunctions + rest, { Lambda: lambda, 'state transitions': stepFunctions, 'ledger, logs and metrics': rest })} for the run itself`,
        ]),
  ];
  const known = amounts.length > 0 ? `costs ${amounts.join(', and ')} (${currency}, ${region}, prices of ${asOf})` : undefined;
  if (notKnown === undefined) return known ?? '';
  return `${known === undefined ? 'cost' : `${known}; the cost of reads and writes`} not known: ${notKnown}. Give the prices with --prices FILE`;
}

function durationText(what: string, made: Duration | null): string {
  if (!made) return `with ${what}: not known, since DynamoDB reports no throughput of the table. Give --write-units and --read-units`;
  const { budget, seconds, lambdaSeconds } = made;
  const rate = (units: number | undefined): string => (units === undefined ? 'any number of' : whole(units));
  return `with ${what} (${rate(budget.writeUnits)} write and ${rate(budget.readUnits)} read units a second): about ${duration(seconds * 1000)}, ${countOf(lambdaSeconds, 'Lambda second')}`;
}

function otherText(table: string, { written, budget, seconds, cost }: OtherEstimate & { written: string }, currency: string): string {
  const { onDemand, provisioned } = cost;
  const price =
    onDemand === null || provisioned === null
      ? 'the cost is not known'
      : `costs ${money(onDemand)} on demand, or ${money(provisioned)} as provisioned capacity (${currency})`;
  const time =
    budget === null || seconds === null ? 'how long is not known' : `at ${whole(budget)} units a second about ${duration(seconds * 1000)}`;
  return `and writes about ${written} units to table ${table}: ${time}, ${price}`;
}
