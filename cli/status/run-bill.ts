import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { countPass } from '../../core/ledger/checkpoint.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import { listPrices, type Prices, pricesFor } from '../../core/ledger/limits/prices.ts';
import type { Run } from '../../core/ledger/run.ts';
import { type SettledPass, summarizePass } from '../../core/ledger/settled-pass.ts';
import { type Bill, billOf, knownParts } from '../../core/plan/estimate/run-bill.ts';
import type { Observation } from '../progress/observe-run.ts';
import type { TableAsked } from '../tables-asked.ts';
import { inParts, money } from '../terminal/cost-text.ts';

/** What a run has cost until now, by part, in one currency. An amount is null if its price is not known. */
export interface RunBill extends Bill {
  /** The parts that do not follow from what DynamoDB reported. */
  estimated: string[];
  currency: string;
  region: string;
  asOf: string;
  /** Why some prices are not known, as a clause. */
  notKnown?: string;
}

/**
 * What a run has cost until now; undefined if it consumed nothing, or only gathered preparations.
 *
 * @param passes of its settled passes, if they were read already
 * @param given prices in place of the list
 */
export async function billOfRun(
  service: DeployedService,
  { workerMemory }: Pick<TableAsked, 'workerMemory'>,
  { run, control, checkpoints, counters }: Omit<Observation, 'run'> & { run: Run; counters: Counters },
  given: Prices | undefined,
  passes?: readonly Pick<SettledPass, 'pass' | 'counters' | 'timeline'>[],
): Promise<RunBill | undefined> {
  const { readUnits, writeUnits, otherWriteUnits } = counters;
  if (run.prepareOnly || readUnits + writeUnits + otherWriteUnits === 0) return undefined;
  const [settled, table, { region }] = await Promise.all([
    passes ?? service.ledger.passes(run.id),
    service.tables.details(run.tableName),
    service.place(),
  ]);
  const isSettled = settled.some(({ pass }) => pass === control.pass);
  const present = summarizePass(control, checkpoints, countPass(checkpoints).all);
  const known = pricesFor(given, { region, tableClass: table?.tableClass ?? 'STANDARD' });
  const { currency, asOf, region: priced } = given ?? listPrices;
  const bill = billOf(
    {
      counters,
      dryRun: run.dryRun,
      passes: isSettled ? settled : [...settled, present],
      segments: control.totalSegments,
      budget: control.budget,
      replicas: table?.replicaRegions.length ?? 0,
    },
    workerMemory,
    known,
  );
  const parts = Object.keys(bill).filter((part) => part !== 'onDemand' && part !== 'provisioned');
  return {
    ...bill,
    estimated: parts.filter((part) => !knownParts.some((name) => name === part)),
    currency,
    region: priced,
    asOf,
    ...(known.notKnown === undefined ? {} : { notKnown: known.notKnown }),
  };
}

/** The bill in one line. */
export function billText({ notKnown, currency, region, asOf, ...bill }: RunBill): string {
  const { onDemand, provisioned, writes, reads, otherWrites, lambda, stepFunctions, rest } = bill;
  const units =
    onDemand === null || provisioned === null
      ? []
      : [
          `${inParts(onDemand, { writes, reads })} on demand, or ${money(provisioned)} as provisioned capacity${otherWrites ? `, and ${money(otherWrites)} for writes to other tables` : ''}`,
        ];
  const itself =
    lambda === null || stepFunctions === null || rest === null
      ? []
      : [
          `by estimate ${inParts(lambda + stepFunctions + rest, { Lambda: lambda, 'state transitions': stepFunctions, 'ledger, logs and metrics': rest })} for the run itself`,
        ];
  const amounts = [...units, ...itself];
  const known = amounts.length > 0 ? `has cost ${amounts.join(', and ')} (${currency}, ${region}, prices of ${asOf})` : undefined;
  if (notKnown === undefined) return known ?? '';
  return `${known === undefined ? 'what it has cost is' : `${known}; the cost of reads and writes is`} not known: ${notKnown}. Give the prices with --prices FILE`;
}
