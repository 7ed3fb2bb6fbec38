import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Checkpoints } from '../aws/ledger/checkpoints.ts';
import { toStoredControl } from '../aws/ledger/control-record.ts';
import { Ledger } from '../aws/ledger/ledger.ts';
import { controlKey, runKey, versionKey } from '../aws/ledger/ledger-keys.ts';
import { toRecord } from '../aws/ledger/ledger-record.ts';
import { noCounters } from '../core/ledger/counters.ts';
import { addToTimeline, maxBucketsOfSegment, type Timeline } from '../core/ledger/timeline.ts';
import { recordDecision } from '../core/run/record-decision.ts';
import { settlePass } from '../core/run/settle-pass.ts';
import { controlOf, runOf } from '../test/support/control-record.ts';
import { checkpoint } from '../test/support/memory-run-ledger.ts';
import { SimulatedLedger } from './simulated/simulated-ledger.ts';
import { SimulatedTime } from './simulated/simulated-time.ts';

/**
 * `node bench/run-settle.ts <segments>`: SettlePass after a pass in which each segment changed items. Requests and answers are encoded and decoded as for
 * AWS, but answered within the process, at once.
 */
const segments = Number(process.argv[2]);
const changedPerSegment = 1_000_000;

const run = runOf({ totalSegments: segments });
const time = new SimulatedTime(5);
const records = new SimulatedLedger(time, 0);
await time.until(fill());

const sent = { requests: 0, bytes: 0 };
const client = new DynamoDBClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: {
    handle: async ({ body }: { body: Uint8Array }) => {
      const answer = Buffer.from(JSON.stringify(records.answer(JSON.parse(Buffer.from(body).toString()))));
      sent.requests++;
      sent.bytes += answer.length;
      return { response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: answer } };
    },
  },
});

const ledger = new Ledger(client, 'ledger');
const started = performance.now();
const cpu = process.cpuUsage();
const next = await time.until(settle());
const { user, system } = process.cpuUsage(cpu);
const milliseconds = performance.now() - started;
if (next.decision !== 'transform' || next.segments.length !== segments) throw new Error('No other pass follows.');
console.log(
  JSON.stringify({
    segments,
    ...sent,
    readUnits: records.seconds(0, 1000)[0]?.readUnits,
    milliseconds,
    cpuMilliseconds: (user + system) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    nextBytes: JSON.stringify(next).length,
  }),
);

function settle() {
  return recordDecision(
    { table: 'Users', run: run.id, decisionNumber: 1, execution: run.execution, redriveCount: 0 },
    { clock: time.clock, ledger, deployedStep: async () => run.steps[0], stepsAhead: async () => [] },
    settlePass,
  );
}

async function fill(): Promise<void> {
  const control = controlOf({ totalSegments: segments });
  for (const record of [
    { ...controlKey(run.id), ...toStoredControl(control) },
    { ...runKey('Users', run.id), ...run },
    {
      ...versionKey('Users', 3),
      table: 'Users',
      sequence: 3,
      status: 'applying',
      checksum: 'c3',
      run: 'r1',
      execution: 'arn:e1',
      at: 'then',
    },
  ])
    records.put(toRecord(record));
  const checkpoints = new Checkpoints(records.client, 'ledger', () => Date.now());
  const counters = {
    ...noCounters(),
    scanned: changedPerSegment,
    changed: changedPerSegment,
    writeUnits: changedPerSegment,
    readUnits: 128_000,
  };
  const attributes = ['firstName', 'lastName'].map((name) => ({ name, set: changedPerSegment, removed: 0 }));
  for (let segment = 0; segment < segments; segment++)
    await checkpoints.take(
      checkpoint(segment, {
        dirty: true,
        saves: 500,
        counters,
        attributes,
        timeline: timelineFrom(segment * 1000),
        takenBy: 'w'.repeat(36),
      }),
    );
}

/** Of a worker that wrote 500 units a second for 2,000 seconds. */
function timelineFrom(begin: number): Timeline | undefined {
  let timeline: Timeline | undefined;
  const measured = { scanned: 2000, changed: 2000, throttled: 0, readUnits: 256, writeUnits: 2000 };
  for (let second = 0; second < 2000; second += 4) {
    const at = 1_900_000_000_000 + begin + second * 1000;
    timeline = addToTimeline(timeline, at, at + 4000, measured, maxBucketsOfSegment(segments));
  }
  return timeline;
}
