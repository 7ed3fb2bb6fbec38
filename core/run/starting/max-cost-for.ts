import { RunError } from '../../errors.ts';
import type { MaxCost } from '../../ledger/limits/max-cost.ts';
import { pricesFor } from '../../ledger/limits/prices.ts';
import type { RunInput } from '../run-input.ts';

/** A limit of money with the prices by which it is counted. */
export type AskedCost = Omit<MaxCost, 'since' | 'run'>;

/**
 * The limit of money that a start asks for, with the prices of its region and table; undefined if it asks for none.
 *
 * @param execution ARN, which names the region
 * @throws RunError InvalidInput: when the prices are not known
 */
export function maxCostFor(
  { table, maxCost: amount, prices: given }: Pick<RunInput, 'table' | 'maxCost' | 'prices'>,
  execution: string,
  tableClass = 'STANDARD',
): AskedCost | undefined {
  if (amount === undefined) return undefined;
  const [, , , region] = execution.split(':');
  const { dynamodb, service, notKnown } = pricesFor(given, { region, tableClass });
  if (!dynamodb || !service)
    throw new RunError(
      'InvalidInput',
      `"maxCost" needs prices, and ${notKnown}. Give those of your region: \`dynamodt up ${table} --max-cost ${amount} --prices prices.json\`, or "prices" in the input.`,
      { fields: { table } },
    );
  const { currency, millionWriteUnits, millionReadUnits } = dynamodb;
  const { lambdaGigabyteSecond, thousandTransitions } = service;
  return { amount, currency, prices: { millionWriteUnits, millionReadUnits, lambdaGigabyteSecond, thousandTransitions } };
}
