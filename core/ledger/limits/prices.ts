import * as z from 'zod';

const price = z.number().min(0);

/** Prices of one region and one table class, in one currency. */
export const Prices = z.object({
  /** Date of the prices (ISO 8601). */
  asOf: z.string(),
  region: z.string(),
  /** `STANDARD` or `STANDARD_INFREQUENT_ACCESS`: only for information. */
  tableClass: z.string().optional(),
  currency: z.string(),
  /** On demand, per million request units. */
  millionWriteUnits: price,
  millionReadUnits: price,
  /** Provisioned, per unit and hour. */
  writeUnitHour: price,
  readUnitHour: price,
  /** Lambda on arm64. */
  lambdaGigabyteSecond: price,
  /** Step Functions Standard. */
  thousandTransitions: price,
  /** Requests to Lambda, log lines and metrics of CloudWatch. */
  millionLambdaRequests: price.default(0.2),
  logGigabyte: price.default(0.5),
  metricMonth: price.default(0.3),
});
export type Prices = z.infer<typeof Prices>;

/**
 * List prices of us-east-1, table class Standard, without free tier or reserved capacity. Prices change and differ by region: `--prices FILE` replaces
 * them. https://aws.amazon.com/dynamodb/pricing/
 */
export const listPrices: Prices = {
  asOf: '2025-07-01',
  region: 'us-east-1',
  tableClass: 'STANDARD',
  currency: 'USD',
  millionWriteUnits: 0.625,
  millionReadUnits: 0.125,
  writeUnitHour: 0.00065,
  readUnitHour: 0.00013,
  lambdaGigabyteSecond: 0.0000133334,
  thousandTransitions: 0.025,
  millionLambdaRequests: 0.2,
  logGigabyte: 0.5,
  metricMonth: 0.3,
};

/** Which prices hold for a table. */
export interface KnownPrices {
  /** Undefined if they are not known. */
  dynamodb: Prices | undefined;
  /** Of Lambda and Step Functions. */
  service: Prices | undefined;
  /** Why some are not known, as a clause. */
  notKnown?: string;
}

/** Prices that the user gives hold for any table. The list holds for its region and table class, and nothing is guessed for others. */
export function pricesFor(
  given: Prices | undefined,
  { region, tableClass }: { region: string | undefined; tableClass: string },
): KnownPrices {
  if (given) return { dynamodb: given, service: given };
  const isRegion = region === listPrices.region;
  if (isRegion && tableClass === listPrices.tableClass) return { dynamodb: listPrices, service: listPrices };
  const table = [
    ...(isRegion ? [] : [`in ${region ?? 'a region that is not known'}`]),
    ...(tableClass === listPrices.tableClass ? [] : [`of table class ${tableClass}`]),
  ];
  return {
    dynamodb: undefined,
    service: isRegion ? listPrices : undefined,
    notKnown: `dynamodt has list prices only of ${listPrices.region} and table class ${listPrices.tableClass}, and the table is ${table.join(' and ')}`,
  };
}
