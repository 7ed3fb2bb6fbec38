import { toStoredControl } from '../../aws/ledger/control-record.ts';
import { catalogKey, checkpointKey, controlKey, lockKey, runKey, settledPassKey, versionKey } from '../../aws/ledger/ledger-keys.ts';
import { DeployedService } from '../../aws/operator/deployed-service.ts';
import { OperatorPlace } from '../../aws/operator/operator-place.ts';
import { answerAsRunning, LedgerDouble } from './ledger-double.ts';
import { aCheckpoint, aControl, aLock, aRun, countersWith } from './run-records.ts';

/**
 * A deployed service with these tables. The ledger is a double.
 *
 * @param segments of the run of the first table, which is in its third pass; 0 if no run is under way
 */
export function doubleService(
  tables: readonly string[],
  segments: number,
  now: () => number,
): { service: DeployedService; ledger: LedgerDouble } {
  const env = { AWS_REGION: 'eu-west-1' };
  const place = new OperatorPlace(env);
  const ledger = new LedgerDouble(place.dynamodb, now);
  answerAsRunning(place.sfn);
  const files = [1, 2].map((sequence) => ({ file: `v${sequence}.ts`, sequence, checksum: `1:${'ab'[sequence - 1]}` }));
  ledger.put(catalogKey, { tables: Object.fromEntries(tables.map((table) => [table, { tableName: `${table}-prod`, files }])) });
  for (const table of tables) {
    const isLive = segments > 0 && table === tables[0];
    const id = isLive ? 'r1' : `run-of-${table}`;
    const run = { id, table, totalSegments: segments, status: isLive ? ('running' as const) : ('succeeded' as const) };
    ledger.put(lockKey(table), aLock({ table, run: id, ...(isLive ? {} : { endedAt: '2026-01-02T11:00:00.000Z' }) }));
    ledger.put(runKey(table, id), aRun(run));
    const at = '2026-01-02T10:30:00.000Z';
    ledger.put(versionKey(table, 1), {
      ...{ table, sequence: 1, status: 'applied', checksum: '1:a', run: id, at },
      counters: countersWith({}),
    });
    ledger.put(controlKey(id), toStoredControl(aControl({ run: id, table, totalSegments: Math.max(1, segments), ended: !isLive })));
    ledger.put(settledPassKey(id, 2), { run: id, pass: 2, sequence: 1, counters: countersWith({ changed: 9 }) });
    for (let segment = 0; segment < segments; segment++)
      if (isLive) ledger.put(checkpointKey(id, 3, segment), aCheckpoint(segment, false, { scanned: 10, readUnits: 5 }));
  }
  return { service: new DeployedService('dynamodt', env, undefined, place), ledger };
}
