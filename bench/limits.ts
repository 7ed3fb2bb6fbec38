import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Section, whole } from './section.ts';
import { LargeRun } from './simulated/large-run.ts';
import { SimulatedLedger } from './simulated/simulated-ledger.ts';
import { usualStart } from './simulated/simulated-run.ts';
import { SimulatedTable } from './simulated/simulated-table.ts';
import { SimulatedThroughput } from './simulated/simulated-throughput.ts';
import { SimulatedTime } from './simulated/simulated-time.ts';
import { type StateMachineLoad, stateMachineLoad } from './simulated/state-machine-load.ts';

/** 10¹⁰ items of 1 KB: the max number of segments, of a million items each. */
const segments = 10_000;
const unitsPerSegment = 1_000_000;
/** Fewer items stand in for them, each of which costs as many units as these; a worker settles at least one a second. */
const cases = [
  { workers: 500, unitsPerItem: 125 },
  { workers: 2000, unitsPerItem: 250 },
];
/** The case of which it is measured how it reacts to its operator. */
const operated = 2000;
const unitsPerWorker = 500;
/** Transitions grow with the segments, nothing else does; local Step Functions takes minutes for all of them. */
const segmentsOfMachine = 1000;
const steadyMs = 15_000;
const settlingMs = 15_000;
const reactionMs = 20_000;

interface LoadFigures {
  workers: number;
  unitsPerSecond: number;
  ledgerReads: number;
  ledgerReadUnits: number;
  ledgerWrites: number;
  ledgerWriteUnits: number;
  /** Of the key that gets most. */
  controlReadUnits: number;
  checkpointKeyWriteUnits: number;
}

/** Seconds from what an operator does. */
interface Reactions {
  toThrottle: number;
  toGoOn: number;
  toLastWrite: number;
  toEndOfMap: number;
  toResume: number;
}

interface SettleFigures {
  segments: number;
  requests: number;
  bytes: number;
  readUnits: number;
  cpuMilliseconds: number;
  peakMiB: number;
  nextBytes: number;
}

/** How the ledger, the state machine and the decisions bear the largest runs. */
export async function limits(): Promise<Section> {
  const loads: LoadFigures[] = [];
  let reactions: Reactions | undefined;
  for (const one of cases) {
    const measured = await measure(one.workers, one.unitsPerItem);
    loads.push(measured.load);
    reactions ??= measured.reactions;
  }
  const settles = [await settle(1000), await settle(segments)];
  const machine = await stateMachineLoad(segmentsOfMachine);
  return {
    title: 'Limits',
    text: [
      `Simulated time, and the real workers, ledger classes and decisions. ${whole(segments)} segments of ${whole(unitsPerSegment)} items of 1 KB, for which larger items stand in that cost the same; a table without limits. The Map begins ${usualStart.dispatchPerSecond} children/s.`,
    ],
    tables: [loadTable(loads), ...(reactions ? [reactionTable(reactions)] : []), settleTable(settles), machineTable(machine)],
    targets: [],
    figures: { loads, reactions, settles, machine },
  };
}

async function measure(workers: number, unitsPerItem: number): Promise<{ load: LoadFigures; reactions: Reactions | undefined }> {
  const time = new SimulatedTime(7);
  const table = tableOf(time, unitsPerItem);
  const ledger = new SimulatedLedger(time, usualStart.ledgerMs);
  const run = new LargeRun(time, table, ledger, { segments, maxConcurrency: workers, ...usualStart });
  const rampMs = (workers / usualStart.dispatchPerSecond) * 1000 + settlingMs;
  return time.until(
    (async () => {
      const map = run.map();
      await time.wait(rampMs);
      const [from, before] = [time.now, table.writes.total];
      await time.wait(steadyMs);
      const unitsPerSecond = ((table.writes.total - before) / steadyMs) * 1000;
      const load = { workers, unitsPerSecond, ...loadOf(ledger, from, time.now, run.controlKey) };
      return { load, reactions: workers === operated ? await react(time, table, run, map) : undefined };
    })(),
  );
}

function tableOf(time: SimulatedTime, unitsPerItem: number): SimulatedTable {
  const unlimited = Number.POSITIVE_INFINITY;
  return new SimulatedTable(
    time,
    new SimulatedThroughput(time, { writeUnits: unlimited, readUnits: unlimited, burstSeconds: 0, partitions: segments }),
    {
      counts: new Array<number>(segments).fill(unitsPerSegment / unitsPerItem),
      bytes: () => unitsPerItem * 1024 - 300,
      partitions: segments,
      indexes: 0,
      showsPart: false,
      reportsUnits: true,
      throttleChance: 0,
      conflictChance: 0,
    },
  );
}

function loadOf(ledger: SimulatedLedger, from: number, to: number, controlKey: string) {
  const all = ledger.seconds(from, to);
  const most = (values: readonly number[]): number => Math.max(0, ...values);
  const checkpointKeys = ledger.partitionKeys.filter((pk) => pk.startsWith('checkpoints#'));
  return {
    ledgerReads: most(all.map(({ reads }) => reads)),
    ledgerReadUnits: most(all.map(({ readUnits }) => readUnits)),
    ledgerWrites: most(all.map(({ writes }) => writes)),
    ledgerWriteUnits: most(all.map(({ writeUnits }) => writeUnits)),
    controlReadUnits: most(ledger.seconds(from, to, controlKey).map(({ readUnits }) => readUnits)),
    checkpointKeyWriteUnits: most(checkpointKeys.flatMap((pk) => ledger.seconds(from, to, pk).map(({ writeUnits }) => writeUnits))),
  };
}

/** Throttles the run to a half, lifts that, pauses it and resumes it. */
async function react(time: SimulatedTime, table: SimulatedTable, run: LargeRun, map: Promise<void>): Promise<Reactions> {
  const full = operated * unitsPerWorker;
  const rates: { at: number; rate: number }[] = [];
  let isWatched = true;
  const watch = async (): Promise<void> => {
    for (let before = table.writes.total; isWatched; before = table.writes.total) {
      await time.wait(1000);
      rates.push({ at: time.now, rate: table.writes.total - before });
    }
  };
  void watch();
  const secondsUntil = (since: number, isReached: (rate: number) => boolean): number =>
    ((rates.find(({ at, rate }) => at > since && isReached(rate))?.at ?? Number.NaN) - since) / 1000;

  const throttledAt = time.now;
  run.change({ budget: { writeUnits: full / 2 } });
  await time.wait(reactionMs);
  const liftedAt = time.now;
  run.change({ budget: { writeUnits: undefined } });
  await time.wait(reactionMs);
  const pausedAt = time.now;
  run.change({ marks: { paused: { by: 'operator', since: 'now' } } });
  await map;
  const endedAt = time.now;
  const waiting = await run.settle();
  run.change({ marks: { paused: undefined } });
  const next = await run.settle();
  if (waiting.decision !== 'wait' || next.decision !== 'transform') throw new Error('The run did not pause, or does not go on.');
  const resumedAt = time.now;
  void run.map(next.segments);
  await time.wait((operated / usualStart.dispatchPerSecond) * 1000 + reactionMs);
  isWatched = false;
  return {
    toThrottle: secondsUntil(throttledAt, (rate) => rate <= full / 2),
    toGoOn: secondsUntil(liftedAt, (rate) => rate >= 0.95 * full),
    toLastWrite: secondsUntil(pausedAt, (rate) => rate === 0) - 1,
    toEndOfMap: (endedAt - pausedAt) / 1000,
    toResume: secondsUntil(resumedAt, (rate) => rate >= 0.95 * full),
  };
}

async function settle(count: number): Promise<SettleFigures> {
  const script = fileURLToPath(new URL('run-settle.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(count)]);
  return JSON.parse(stdout);
}

function loadTable(loads: readonly LoadFigures[]) {
  return {
    columns: [
      'workers',
      'table, WCU/s',
      'ledger: reads',
      'read units',
      'writes',
      'write units',
      'control: read units',
      'busiest checkpoint key: write units',
    ],
    rows: loads.map((load) =>
      [
        load.workers,
        load.unitsPerSecond,
        load.ledgerReads,
        load.ledgerReadUnits,
        load.ledgerWrites,
        load.ledgerWriteUnits,
        load.controlReadUnits,
        load.checkpointKeyWriteUnits,
      ].map(whole),
    ),
  };
}

function reactionTable({ toThrottle, toGoOn, toLastWrite, toEndOfMap, toResume }: Reactions) {
  const seconds = (value: number): string => `${value.toFixed(0)} s`;
  return {
    columns: [`with ${whole(operated)} workers`, 'after'],
    rows: [
      ['throttled to a half: at that rate', seconds(toThrottle)],
      ['throttle lifted: at 95 % again', seconds(toGoOn)],
      ['paused: last write', seconds(toLastWrite)],
      ['paused: the Map has ended', seconds(toEndOfMap)],
      ['resumed after that: at 95 % again', seconds(toResume)],
    ],
  };
}

function settleTable(settles: readonly SettleFigures[]) {
  return {
    columns: ['SettlePass: segments', 'requests', 'read', 'read units', 'CPU', 'peak memory', 'decision'],
    rows: settles.map(({ segments: count, requests, bytes, readUnits, cpuMilliseconds, peakMiB, nextBytes }) => [
      whole(count),
      whole(requests),
      `${(bytes / 1e6).toFixed(1)} MB`,
      whole(readUnits),
      `${(cpuMilliseconds / 1000).toFixed(1)} s`,
      `${whole(peakMiB)} MiB`,
      `${(nextBytes / 1024).toFixed(0)} KiB`,
    ]),
  };
}

function machineTable({ transitions, events, eventsOfChild, eventsOfInvocation, decisionBytes, outputBytes }: StateMachineLoad) {
  return {
    columns: [`state machine, 2 passes over ${whole(segmentsOfMachine)} segments`, ''],
    rows: [
      ['state transitions', whole(transitions)],
      ['events of the execution', whole(events)],
      ['events of a child', `${eventsOfChild}, and ${eventsOfInvocation} for each further invocation`],
      ['SettlePass returns', `${(decisionBytes / 1024).toFixed(0)} KiB`],
      ['the children return', `${(outputBytes / 1024).toFixed(0)} KiB`],
    ],
  };
}
