import type { PauseAfter } from './pause-after.ts';

/** Prices of what a run consumes, in the currency of its limit. */
export interface RunPrices {
  /** On demand, per million request units. */
  millionWriteUnits: number;
  millionReadUnits: number;
  /** Of a worker. */
  lambdaGigabyteSecond: number;
  thousandTransitions: number;
}

/** A limit of money, at which a run pauses itself. */
export interface MaxCost {
  /** Counted over all versions and passes of the run since the limit was set. */
  amount: number;
  currency: string;
  /** When it was set, ISO 8601. It tells the limits of a run apart: each counts anew. */
  since: string;
  /** The run before whose claims count, too: a redrive went on with this one. Undefined for the run itself. */
  run?: string | undefined;
  /** Frozen when it was set. */
  prices: RunPrices;
}

/** What a worker consumed. */
export interface Consumed {
  writeUnits: number;
  readUnits: number;
  gigabyteSeconds: number;
  transitions: number;
}

/** Amounts are claimed in billionths, as whole numbers. */
const parts = 1e9;

/** The limit as workers claim from it: in place of items it counts billionths of the currency. */
export function claimsOfCost({ amount, since, run }: MaxCost): PauseAfter {
  return { items: Math.round(amount * parts), since: `maxCost#${since}`, ...(run === undefined ? {} : { run }) };
}

/** In billionths of the currency, rounded up. */
export function costOf({ writeUnits, readUnits, gigabyteSeconds, transitions }: Consumed, { prices }: Pick<MaxCost, 'prices'>): number {
  const { millionWriteUnits, millionReadUnits, lambdaGigabyteSecond, thousandTransitions } = prices;
  const capacity = (writeUnits * millionWriteUnits + readUnits * millionReadUnits) / 1e6;
  return Math.ceil((capacity + gigabyteSeconds * lambdaGigabyteSecond + (transitions / 1000) * thousandTransitions) * parts);
}

/** A worker keeps as much in reserve as this number of units costs: requests in flight may cost more than was estimated. */
const unitsInReserve = 1000;
/** All reserves together are no more than this part of the limit. */
const partInReserve = 0.02;

/** What a worker keeps claimed beyond what it has consumed, in billionths. @param maxWorkers of any Map of the run */
export function reserveOf(limit: MaxCost, maxWorkers: number): number {
  const { millionWriteUnits, millionReadUnits } = limit.prices;
  const ofUnits = (unitsInReserve * Math.max(millionWriteUnits, millionReadUnits) * parts) / 1e6;
  const ofLimit = (limit.amount * parts * partInReserve) / Math.max(1, maxWorkers);
  return Math.max(1, Math.floor(Math.min(ofUnits, ofLimit)));
}

/** A worker claims this share of what a worker would get if all had the same. */
const lotsPerWorker = 4;

/** How much a worker claims at a time, in billionths: less as less is left, so that it is not in the hands of workers that need none. */
export function costLot({ left, maxWorkers, reserve }: { left: number; maxWorkers: number; reserve: number }): number {
  return Math.max(reserve, Math.floor(left / (lotsPerWorker * Math.max(1, maxWorkers))));
}

/**
 * True if the next Map could do no more than begin. A worker that is refused gives back up to two reserves, and all workers together no more than
 * this.
 *
 * @param left not claimed, in billionths
 */
export function isUsedUp(limit: MaxCost, left: number, maxWorkers: number): boolean {
  return left < 2 * reserveOf(limit, maxWorkers) * Math.max(1, maxWorkers);
}

/** In the currency. */
export function amountOf(claimed: number): number {
  return claimed / parts;
}
