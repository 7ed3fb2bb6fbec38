import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { readFollow } from '../../aws/ledger/follow/follow-reader.ts';
import type { DynamodtCommand } from '../../demo/dynamodt-command.ts';
import { pseudoRandom, type Random } from '../../demo/pseudo-random.ts';
import { Closers } from '../../local/closers.ts';
import type { Json } from '../../local/json.ts';
import { FaultyWire } from './faulty-wire.ts';
import { nextLevel, noFigures, noteDrives, type SoakFigures, totals } from './figures.ts';
import { Followed, followedTransformations } from './followed.ts';
import { Operator } from './operator.ts';
import type { SoakOptions } from './soak.ts';
import { ledger, type SoakedService, startSoaked } from './soaked-service.ts';
import { WorkerDisturbance } from './worker-disturbance.ts';

export interface FollowSoakFigures extends SoakFigures {
  /** Invocations of the follower by the stream, and those with records that came again. */
  invocations: number;
  redelivered: number;
  /** How often the follower answered that records must come again, or gave none. */
  batchesLeft: number;
  /** Workers that were killed or frozen, by function. */
  victims: Record<string, number>;
  /** Items brought up, by version. */
  broughtUp: Record<string, number>;
  /** The longest time from the last write of a round until the follower was done with all records, in seconds. */
  maxCatchUpSeconds: number;
}

const table = 'Followed';
const writeUnits = '300';
/** A local mapping calls one container at a time for a shard, and it may spend the units by the concurrency. */
const follow = { units: 400, concurrency: 2 };
/** There is one run, so that often one process works beside the follower: it must have time to come to its end. */
const maxMsBetweenVictims = 12_000;
/** Each start of a run waits 12 seconds for the follower, so an operator who interrupts more often would let no run do anything. */
const zeal = { maxInterrupted: 3, maxMsBetween: 20_000 };
const writesPerSecond = 20;
/** Events that may come again. */
const maxKept = 300;
const maxCatchUpSeconds = 300;

const Event = z.object({ Records: z.array(z.object({ dynamodb: z.object({ Keys: z.object({ id: z.object({ S: z.string() }) }) }) })) });
const json: z.ZodType<Json> = z.json();

/**
 * Takes a followed table up and down, over and over, beside an old writer and an application, while requests meet faults, the table and its
 * stream throttle, the follower and workers are killed and frozen, events come again, following is paused, and an operator interferes. At the end of
 * each round, the whole table is compared with what the writers' own histories say.
 */
export async function followSoak({ minutes, seed, items, signal, log }: Omit<SoakOptions, 'undone'>): Promise<FollowSoakFigures> {
  const closers = new Closers();
  const chance = (stream: number): Random => pseudoRandom(seed * 100 + stream);
  const figures: FollowSoakFigures = {
    ...noFigures(),
    ...{ invocations: 0, redelivered: 0, batchesLeft: 0, victims: {}, broughtUp: {}, maxCatchUpSeconds: 0 },
  };
  const stream = new Stream(chance(9));
  try {
    const service = await startSoaked(
      {
        transformations: await teamFolder(closers),
        follow: { [table]: follow },
        environment: { DYNAMODT_FOLLOW_LEASE: '2' },
        throttle: (name, event) => {
          if (name === 'follow-stream') stream.note(event);
          return false;
        },
        log: (line) => {
          if (line.includes('batchLeft')) figures.batchesLeft++;
        },
      },
      closers,
      signal,
    );
    const { aws, proxy, client, sfn, dynamodt } = service;
    const followed = new Followed(client, table, chance(1), writesPerSecond);
    await followed.createTable(items);
    const wire = new FaultyWire(proxy, chance(2), ledger);
    const disturbance = new WorkerDisturbance(aws, chance(3), { favourite: 'follow-stream', maxMsBetween: maxMsBetweenVictims });
    const operator = new Operator(dynamodt, sfn, chance(4), zeal);
    const choose = chance(6);

    const until = performance.now() + minutes * 60_000;
    let level = 0;
    while (performance.now() < until && !signal.aborted && figures.findings.length === 0) {
      const target = nextLevel(level, choose);
      followed.resume();
      wire.start();
      const ended = new AbortController();
      const disturbing = [
        disturbance.run(ended.signal),
        stream.redeliver(service, ended.signal),
        throttleSometimes(wire, chance(figures.rounds + 1000), ended.signal),
        pauseOnce(dynamodt, choose() * 20_000),
        choose() < 0.3 ? wire.takeLedgerAway(2000 + choose() * 10_000) : undefined,
      ];
      const drive = await operator.drive(table, [
        target > level ? 'up' : 'down',
        table,
        '--to',
        String(target),
        '--write-units',
        writeUnits,
      ]);
      // Beside no run, too.
      await sleep(5000 + choose() * 10_000);
      ended.abort();
      await followed.pause();
      await Promise.all(disturbing);
      wire.stop();
      // A request that is still on its way could do harm after the run.
      await wire.delivered();
      level = target;
      figures.rounds++;
      noteDrives(figures, [drive]);
      if (!drive.succeeded) figures.findings.push('the run does not end');
      const catchUpSeconds = await caughtUp(followed, stream);
      if (catchUpSeconds === undefined) figures.findings.push(`the follower was not done after ${maxCatchUpSeconds} seconds`);
      figures.maxCatchUpSeconds = Math.max(figures.maxCatchUpSeconds, Math.round(catchUpSeconds ?? maxCatchUpSeconds));
      figures.findings.push(...inWords(await followed.verify(level)), ...(await failures(service)));
      // What came late once more must not change anything, whatever is applied now.
      await stream.redeliverAll(service, 10);
      figures.findings.push(...inWords(await followed.verify(level)).map((finding) => `after events came again: ${finding}`));
      Object.assign(figures, totals(wire, disturbance, [operator]), await stream.figuresOf(service), {
        victims: Object.fromEntries(disturbance.victims),
        liveWrites: followed.oldWrites + followed.applicationWrites,
      });
      log(roundLine(figures, level, drive, catchUpSeconds));
      if (figures.findings.length > 0) log(drive.story.join(', '));
    }
    return figures;
  } finally {
    await closers.close();
  }
}

/** The events of the stream, as the follower gets them. */
class Stream {
  readonly #random: Random;
  readonly #kept: Json[] = [];
  readonly #keys = new Set<string>();
  #invocations = 0;
  #redelivered = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  note(event: unknown): void {
    const records = Event.safeParse(event).data?.Records;
    if (!records) return;
    this.#invocations++;
    for (const { dynamodb } of records) this.#keys.add(dynamodb.Keys.id.S);
    const kept = json.parse(event);
    if (this.#kept.length < maxKept) this.#kept.push(kept);
    else this.#kept[Math.floor(this.#random() * maxKept)] = kept;
  }

  hasShown(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Resolves after `signal` was aborted and no event is on its way. */
  async redeliver(service: SoakedService, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#random() * 3000);
      await this.redeliverAll(service, 1);
    }
  }

  /** Delivers events once more. A follower that is killed meanwhile, or an AWS that is away, keeps none from what follows. */
  async redeliverAll({ aws }: SoakedService, count: number): Promise<void> {
    for (let number = 0; number < count; number++) {
      const event = this.#kept[Math.floor(this.#random() * this.#kept.length)];
      if (event === undefined) return;
      this.#redelivered++;
      await aws.invoke('follow-stream', event).catch(() => {});
    }
  }

  async figuresOf({ client }: SoakedService): Promise<Pick<FollowSoakFigures, 'invocations' | 'redelivered' | 'broughtUp'>> {
    const { versions } = await readFollow(client, ledger, table, '');
    const broughtUp = Object.fromEntries(versions.map(({ sequence, changed }) => [`v${sequence}`, changed]));
    return { invocations: this.#invocations, redelivered: this.#redelivered, broughtUp };
  }
}

/** Waits until the follower has done with what was written so far. @returns seconds; undefined if it takes too long */
async function caughtUp(followed: Followed, stream: Stream): Promise<number | undefined> {
  const startedAt = performance.now();
  // Batches of a shard come one after the other: when the second one comes, the one with the first is settled.
  for (let number = 0; number < 2; number++) {
    const mark = await followed.mark();
    while (!stream.hasShown(mark)) {
      if (performance.now() - startedAt > maxCatchUpSeconds * 1000) return undefined;
      await sleep(50);
    }
  }
  return (performance.now() - startedAt) / 1000;
}

async function failures({ client }: SoakedService): Promise<string[]> {
  const { failed } = await readFollow(client, ledger, table, '');
  return failed.map(({ key, error, message }) => `the follower could not bring up ${JSON.stringify(key)}: ${error}: ${message}`);
}

async function throttleSometimes(wire: FaultyWire, random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(random() * 10_000);
    if (!signal.aborted) await wire.throttle(table, random() * 5000);
  }
}

/** Pauses following and the run, and lets both go on. */
async function pauseOnce(dynamodt: DynamodtCommand, afterMs: number): Promise<void> {
  await sleep(afterMs);
  await dynamodt.run('pause', table, '--all');
  await sleep(3000);
  await dynamodt.run('resume', table, '--all');
}

function inWords(findings: object): string[] {
  return Object.entries(findings)
    .filter(([, ids]) => ids.length > 0)
    .map(([kind, ids]) => `${table}: ${kind} ${ids.length}, such as ${ids.slice(0, 5)}`);
}

async function teamFolder(closers: Closers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-soak-'));
  closers.add(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, table));
  for (const [file, text] of Object.entries(followedTransformations)) await writeFile(join(folder, table, file), text);
  return folder;
}

function roundLine(
  { rounds, findings, kills, freezes, liveWrites, broughtUp, redelivered, batchesLeft }: FollowSoakFigures,
  level: number,
  { starts, redrives, errors }: { starts: number; redrives: number; errors: readonly string[] },
  catchUpSeconds: number | undefined,
): string {
  return `round ${rounds}: at v${level} (${starts} starts, ${redrives} redrives, ${errors.length} failed), the follower was done after ${catchUpSeconds?.toFixed(1)} s; so far ${liveWrites} live writes, brought up ${JSON.stringify(broughtUp)}, ${redelivered} events came again, ${batchesLeft} batches left, ${kills} kills and ${freezes} freezes; ${
    findings.length === 0 ? 'the table is as it must be' : findings.join('; ')
  }`;
}
