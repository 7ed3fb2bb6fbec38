import { budgetFor } from '../../core/ledger/budget.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { latestAhead } from '../../core/ledger/late-requests.ts';
import { parseRunInput } from '../../core/run/run-input.ts';
import { takeTable } from '../../core/run/take-table.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { controlOf, withFields } from '../support/control-record.ts';
import { itemImage } from './application.ts';
import { Findings } from './findings.ts';
import { imageText } from './image-text.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemorySeeds } from './memory-seeds.ts';
import { MemoryServer } from './memory-server.ts';
import { MemoryTable } from './memory-table.ts';
import { Network } from './network.ts';
import { plainVersion } from './schedule-around.ts';
import { Scheduler } from './scheduler.ts';
import { type VersionSpec, versionOf } from './version.ts';
import { Workers } from './workers.ts';

/** A table that goes up and at once down again, while the network delivers some writes late. */
export interface LateSchedule {
  version: Partial<VersionSpec>;
  items: number;
  segments: number;
  /** Who goes next. */
  order: number;
  /** Which of the writes of the way up are late, by their number, and by how many steps. */
  late: { write: number; steps: number }[];
}

const signatureLifetimeMs = 60_000;
/** What is late by fewer steps than that arrives while the run down waits. */
const stepsWhileQuiet = 30;
const maxSteps = 5000;
const writes = ['BatchExecuteStatement', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'seeds are inserted'];

/**
 * @param waits if the run down waits as StartRun decides; otherwise it begins at once
 * @returns what the table holds at the end and held at the beginning, and how many writes were late
 */
export async function goUpAndDown(
  schedule: LateSchedule,
  waits: boolean,
): Promise<{ before: string[]; after: string[]; late: number; violation: string | undefined; trace: readonly string[] }> {
  const findings = new Findings();
  const scheduler = new Scheduler(schedule.order);
  const network = new Network(scheduler);
  network.signatureLifetimeMs = signatureLifetimeMs;
  const spec: VersionSpec = { ...plainVersion, ...schedule.version, direction: 'up' };
  const table = new MemoryTable(versionOf(spec).shape);
  const server = new MemoryServer({
    table,
    scheduler,
    pageSize: 2,
    staleness: () => 0,
    indexShows: () => 0,
    distort: (operation) => operation,
    aroundOperation: () => {},
    onCommit: ({ request, change, inserts }) => {
      for (const { before, after } of [change, ...inserts])
        scheduler.note(`${request.process.name}: ${imageText(before)} becomes ${imageText(after)}`);
    },
  });
  for (let item = 0; item < schedule.items; item++) {
    const image = itemImage(versionOf(spec), item, [{ name: 0, value: 0 }]);
    table.replace(image, image);
  }
  const before = textsOf(table);

  let sent = 0;
  let late = 0;
  network.lateBy = (label) => {
    if (!writes.includes(label)) return undefined;
    const found = schedule.late.find(({ write }) => write === sent);
    sent++;
    if (found) late++;
    return found?.steps;
  };
  const up = await runPasses('up');
  network.lateBy = () => undefined;
  const lateUntil = latestAhead(
    up.map((checkpoint) => checkpoint.lateUntil),
    scheduler.now,
  );
  const { quietUntil } = startDown(lateUntil, scheduler.now).lease;
  if (waits && quietUntil !== undefined) {
    network.deliverLate(stepsWhileQuiet);
    await settle();
    scheduler.now = quietUntil;
  }
  await runPasses('down');
  await settle();
  network.deliverLate(Number.POSITIVE_INFINITY);
  await settle();
  return { before, after: textsOf(table), late, violation: findings.violation, trace: scheduler.trace };

  async function settle(): Promise<void> {
    while (await scheduler.goOn());
  }

  /** Passes until one is clean. @returns the checkpoints of all */
  async function runPasses(direction: Direction): Promise<Checkpoint[]> {
    scheduler.note(direction);
    const version = versionOf({ ...spec, direction });
    const { shape } = version;
    const { segments } = schedule;
    const control = controlOf({
      ...{ run: direction, table: 'Model', shape, direction, sequence: 1, checksum: 'c', totalSegments: segments },
      budget: { maxConcurrency: segments, workers: segments },
      fence: direction === 'up' ? 1 : 2,
    });
    const ledger = new MemoryLedger(control, network, findings);
    const seeds = new MemorySeeds(table, network, scheduler, () => {});
    const workers = new Workers({ version, scheduler, network, server, ledger, seeds, findings, defect: {}, signatureLifetimeMs });
    const all: Checkpoint[] = [];
    for (;;) {
      const numbers = Array.from({ length: segments }, (_, segment) => segment);
      while (numbers.some((segment) => !ledger.isDone(segment)) || !workers.allLeft) {
        for (const segment of numbers) if (!ledger.isDone(segment) && !workers.hasOneFor(segment)) workers.start(segment, 3_600_000);
        await scheduler.goOn();
        network.deliverLate();
        if (scheduler.stepsTaken > maxSteps) findings.violate('the schedule does not end');
        if (findings.violation) return all;
      }
      const pass = numbers.flatMap((segment) => ledger.checkpoint(ledger.assignment(segment)) ?? []);
      all.push(...pass);
      if (pass.every(({ dirty }) => !dirty)) return all;
      ledger.control = withFields(ledger.control, { pass: ledger.control.pass + 1 });
    }
  }
}

/** What StartRun decides on a table whose last run ended. */
function startDown(lateUntil: number | undefined, now: number) {
  const input = parseRunInput({ table: 'Model', direction: 'down' });
  const lock = { table: 'Model', run: 'up', execution: 'e1', fence: 1, endedAt: 'then', lateUntil };
  const { shape } = controlOf();
  const planned = {
    ...{
      id: 'down',
      execution: 'e2',
      now: new Date(now).toISOString(),
      input,
      shape,
      tableId: undefined,
      wasReset: false,
      budget: budgetFor(input, [], []),
      itemUnits: 1,
    },
    ...{
      steps: [{ sequence: 1, checksum: 'c', prepares: false }],
      totalSegments: 1,
      redriveCount: 0,
      maxConcurrency: 1,
      leaseMs: 10_000,
      controlIntervalMs: 3000,
    },
  };
  return takeTable(planned, lock, undefined).control;
}

function textsOf(table: MemoryTable): string[] {
  return table
    .all()
    .map((image: Image) => imageText(image))
    .sort();
}
