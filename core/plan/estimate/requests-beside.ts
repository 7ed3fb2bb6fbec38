import type { Prices } from '../../ledger/limits/prices.ts';
import { saveIntervalMs, unitsPerSave } from '../../segment/segment-saves.ts';

/** What a run asks of other services follows from these. */
interface Beside {
  children: number;
  /** Capacity units of all reads and writes. */
  units: number;
  seconds?: number;
  lambdaSeconds?: number;
}

/** A checkpoint has between one and two KB. */
const writeUnitsPerSave = 2;
/** A child takes its segment, and signs off. */
const savesPerChild = 2;
const controlSeconds = 3;
/** A child reads the control and its checkpoint. */
const readsPerChild = 2;
const secondsPerInvocation = 900;
/** Lambda's own lines, ours, and the metrics, which are log lines. */
const logBytesPerInvocation = 4000;
/** Eight of a table and sequence, and three that alarms watch. CloudWatch counts the hours in which there are values. */
const metrics = 11;
const hoursPerMonth = 730;

/** The price of what a run asks of the ledger, of Lambda by the request, and of CloudWatch. */
export function besideOf({ children, units, seconds = 0, lambdaSeconds = 0 }: Beside, prices: Prices): number {
  const lambdaMs = 1000 * lambdaSeconds;
  const regular = Math.min(lambdaMs / saveIntervalMs.min, Math.max(lambdaMs / saveIntervalMs.max, units / unitsPerSave));
  const ledgerWrites = (regular + savesPerChild * children) * writeUnitsPerSave;
  const ledgerReads = lambdaSeconds / controlSeconds + readsPerChild * children;
  const invocations = Math.max(children, lambdaSeconds / secondsPerInvocation);
  return (
    (ledgerWrites * prices.millionWriteUnits + ledgerReads * prices.millionReadUnits + invocations * prices.millionLambdaRequests) / 1e6 +
    ((invocations * logBytesPerInvocation) / 1e9) * prices.logGigabyte +
    ((metrics * seconds) / 3600 / hoursPerMonth) * prices.metricMonth
  );
}
