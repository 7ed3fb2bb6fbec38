import * as z from 'zod';

const price = z.number().min(0);

/** Prices of one region, in one currency. */
export const Prices = z.object({
  /** Date of the prices (ISO 8601). */
  asOf: z.string(),
  region: z.string(),
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
});
export type Prices = z.infer<typeof Prices>;

/**
 * List prices of us-east-1, table class Standard, without free tier or reserved capacity. Prices change and differ by region: `--prices FILE` replaces
 * them. https://aws.amazon.com/dynamodb/pricing/
 */
export const listPrices: Prices = {
  asOf: '2025-07-01',
  region: 'us-east-1',
  currency: 'USD',
  millionWriteUnits: 0.625,
  millionReadUnits: 0.125,
  writeUnitHour: 0.00065,
  readUnitHour: 0.00013,
  lambdaGigabyteSecond: 0.0000133334,
  thousandTransitions: 0.025,
};
