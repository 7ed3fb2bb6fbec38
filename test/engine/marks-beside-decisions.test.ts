import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { LedgerControlMarks } from '../../aws/ledger/control-marks.ts';
import { Ledger } from '../../aws/ledger/ledger.ts';
import { ledgerTable } from '../../aws/ledger/ledger-table.ts';
import { type Control, withDecision } from '../../core/ledger/control.ts';
import type { Run } from '../../core/ledger/run.ts';
import { currentControl } from '../../core/run/current-control.ts';
import { startChanges, verdictChanges } from '../../core/run/records/ledger-changes.ts';
import { aControl, aRun } from '../support/run-records.ts';
import { uniqueName } from '../support/service.ts';

/** What an operator or an alarm asks for while a decision is being taken holds all the same, also where a redrive takes it. */

const name = uniqueName('ledger');
const client = new DynamoDBClient({
  endpoint: process.env['DYNAMODB_URL'] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const ledger = new Ledger(client, name);
const marks = new LedgerControlMarks(client, name);
beforeAll(() => client.send(new CreateTableCommand(ledgerTable(name))));

const now = '2026-01-02T10:00:00.000Z';

async function begun(): Promise<{ run: Run; control: Control }> {
  const table = uniqueName('Users');
  const run = aRun({ table, id: `run-of-${table}` });
  const control = aControl({ table, run: run.id, sequence: 1, budget: { writeUnits: 1000 } });
  const read = { lock: undefined, holder: undefined, versions: [], hold: undefined };
  expect(await ledger.write(startChanges({ run, control, resumed: false }, read, now))).toBe(true);
  return { run, control };
}

/** Reads the control, lets something happen, and then decides from what was read, as a redrive of this count. */
async function decide({ run }: { run: Run }, redriveCount: number, meanwhile: () => Promise<unknown>): Promise<boolean> {
  const read = (await ledger.control(run.id)) as Control;
  const deployed = { sequence: read.sequence, checksum: read.checksum, prepares: read.prepares };
  const { control } = currentControl({
    run,
    control: read,
    versions: [],
    checkpoints: new Map(),
    deployed,
    redriveCount,
    now: 0,
    ahead: [],
    failuresInWords: '',
  });
  await meanwhile();
  const versions = await ledger.versions(run.table);
  return ledger.write(
    verdictChanges(
      { kind: 'transform', segments: [0], control: withDecision(control, 'transform') },
      { run, control: read, versions, checkpoints: [] },
      now,
    ),
  );
}

describe.each([0, 1])('beside a decision of redrive %i', (redriveCount) => {
  it('a pause holds', async () => {
    const started = await begun();

    const alarm = { by: 'alarm', since: now };
    expect(await decide(started, redriveCount, () => marks.setPause(started.run.id, undefined, alarm, alarm))).toBe(true);

    expect(await ledger.control(started.run.id)).toMatchObject({
      marks: { paused: { by: 'alarm' }, events: [{ kind: 'paused', at: now, by: 'alarm' }] },
      decision: { number: started.control.decision.number + 1 },
    });
  });

  it('a new budget holds', async () => {
    const started = await begun();

    expect(await decide(started, redriveCount, () => marks.throttle(started.run.id, { writeUnits: 50 }, { by: 'ann', since: now }))).toBe(
      true,
    );

    expect(await ledger.control(started.run.id)).toMatchObject({ budget: { writeUnits: 50, writeUnitsSource: { by: 'ann' } } });
  });

  it('a stop holds', async () => {
    const started = await begun();
    const stop = { by: 'ann', since: now, redriveCount };

    await decide(started, redriveCount, () => marks.stop(started.run.id, stop));

    expect(await ledger.control(started.run.id)).toMatchObject({ marks: { stopped: stop } });
  });
});

it('a stop of an earlier redrive is cleared, and one that comes meanwhile makes the decision be taken again', async () => {
  const started = await begun();
  await marks.stop(started.run.id, { by: 'ann', since: now, redriveCount: 0 });

  expect(await decide(started, 1, async () => {})).toBe(true);
  expect((await ledger.control(started.run.id))?.marks.stopped).toBeUndefined();

  expect(await decide(started, 2, () => marks.stop(started.run.id, { by: 'bea', since: now, redriveCount: 2 }))).toBe(false);
  expect(await ledger.control(started.run.id)).toMatchObject({ decision: { redriveCount: 1 }, marks: { stopped: { by: 'bea' } } });
});
