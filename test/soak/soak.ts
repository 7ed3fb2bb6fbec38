import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { citiesApplication } from '../../demo/application/cities-application.ts';
import { type LiveApplication, startLiveApplication } from '../../demo/application/live-application.ts';
import { searchKey, splitLocation } from '../../demo/cities-shapes.ts';
import { DynamodtCommand } from '../../demo/dynamodt-command.ts';
import { loadCities } from '../../demo/load-cities.ts';
import { pseudoRandom, type Random } from '../../demo/pseudo-random.ts';
import { shapeOf } from '../../demo/shape.ts';
import { type Findings, verifyTable } from '../../demo/verify-table.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { Closers } from '../../local/closers.ts';
import { startLocalDynamoDb } from '../../local/dynamodb/local-dynamodb.ts';
import { startLocalAws } from '../../local/local-aws.ts';
import { startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { FaultyWire, signatureLifetimeSeconds } from './faulty-wire.ts';
import { type Drive, Operator } from './operator.ts';
import { Parcels, parcelsTransformation } from './parcels.ts';
import { Undone, undoneTransformation } from './undone.ts';
import { WorkerDisturbance } from './worker-disturbance.ts';

export interface SoakOptions {
  minutes: number;
  /** The same seed makes the same choices; what meets what depends on the machine. */
  seed: number;
  /** Cities. */
  items: number;
  /** Items that a journal takes back in each round. */
  undone: number;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
  log: (line: string) => void;
}

export interface SoakFigures {
  rounds: number;
  /** Acknowledged writes of the applications. */
  liveWrites: number;
  /** By kind. */
  faults: Record<string, number>;
  kills: number;
  freezes: number;
  /** By verb. */
  commands: Record<string, number>;
  starts: number;
  redrives: number;
  /** How executions ended that did not succeed, by error name. */
  errors: Record<string, number>;
  /** What is wrong in a table, in words. Empty if all promises held. */
  findings: string[];
}

const leaseMs = 1500;
const writeUnits = '1500';
const operationsPerSecond = 200;
const newParcels = 600;
/** The tables of the runs of a round. */
const driven = ['Cities', 'Parcels', 'Undone', 'Undone'];
const versions = [splitLocation, searchKey];
const declared = versions.flatMap(({ adds }) => adds);

/**
 * Code of before v1 changes `loc` alone, and without a `transformDown` a value that is not what v1 gives would be left: the oracle could not
 * tell it from one that the run forgot.
 */
const citiesWayBack = `
export const transformDown: Transform = ({ latitude, longitude, ...city }) => city;
`;

/**
 * Takes three tables up and down, over and over, while applications write to them, requests meet faults, workers are killed and frozen, and
 * an operator interferes. After each round all whole tables are compared with what the applications' own histories say.
 */
export async function soak({ minutes, seed, items, undone: undoneItems, signal, log }: SoakOptions): Promise<SoakFigures> {
  const closers = new Closers();
  const chance = (stream: number): Random => pseudoRandom(seed * 100 + stream);
  try {
    const dynamodb = await closers.started(startLocalDynamoDb());
    const proxy = await closers.started(startDynamoDbProxy(dynamodb.url));
    const folder = await teamFolder(closers);
    const aws = await closers.started(
      startLocalAws({
        transformations: folder,
        dynamodb: proxy.url,
        maxProcesses: 4,
        log: () => {},
        environment: {
          DYNAMODT_LEASE_MS: String(leaseMs),
          DYNAMODT_CONTROL_INTERVAL_MS: '300',
          DYNAMODT_SIGNATURE_LIFETIME: String(signatureLifetimeSeconds),
        },
      }),
    );
    const connection = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
    // The applications and the oracle reach DynamoDB directly: a write of unknown outcome would be left out of the comparison.
    const client = new DynamoDBClient({ ...connection, endpoint: dynamodb.url, maxAttempts: 1 });
    closers.add(() => client.destroy());
    const sfn = new SFNClient({ ...connection, endpoint: aws.url });
    closers.add(() => sfn.destroy());
    const dynamodt = new DynamodtCommand(aws.url, signal);

    const cities = startLiveApplication({
      client,
      description: citiesApplication(),
      items: await loadCities(client, items),
      operationsPerSecond,
      seed,
    });
    closers.add(() => cities.stop());
    const parcels = new Parcels(client, 'Parcels', chance(1));
    await parcels.createTable();
    const undone = new Undone(client, 'Undone', chance(7), undoneItems);
    await undone.createTable();

    const wire = new FaultyWire(proxy, chance(2), 'dynamodt-ledger');
    const disturbance = new WorkerDisturbance(aws, chance(3));
    const operators = [
      new Operator(dynamodt, sfn, chance(4)),
      new Operator(dynamodt, sfn, chance(5)),
      new Operator(dynamodt, sfn, chance(8)),
    ] as const;
    const choose = chance(6);

    const figures: SoakFigures = { ...noFigures(), findings: [] };
    const until = performance.now() + minutes * 60_000;
    let level = 0;
    while (performance.now() < until && !signal.aborted && figures.findings.length === 0) {
      const target = nextLevel(level, choose);
      await cities.deploy(versions.slice(0, target));
      await parcels.insert(newParcels);
      parcels.resume();
      undone.resume();
      const ended = new AbortController();
      const disturbing = disturbance.run(ended.signal);
      wire.start();
      const outage = choose() < 0.3 ? wire.takeLedgerAway(2000 + choose() * 28_000) : undefined;
      const drives = await Promise.all([
        operators[0].drive('Cities', [target > level ? 'up' : 'down', 'Cities', '--to', String(target), '--write-units', writeUnits]),
        operators[1].drive('Parcels', [...['up', 'Parcels', '--write-units', writeUnits], ...(figures.rounds > 0 ? ['--again', '1'] : [])]),
        operators[2].drive('Undone', ['up', 'Undone', '--write-units', writeUnits]),
      ]);
      const back = await operators[2].drive('Undone', ['down', 'Undone', '--write-units', writeUnits]);
      ended.abort();
      await outage;
      wire.stop();
      await Promise.all([disturbing, cities.pause(), parcels.pause(), undone.pause()]);
      // A request that is still on its way could do harm after the run.
      await wire.delivered();
      figures.rounds++;
      level = target;
      note(figures, [...drives, back]);
      figures.findings.push(
        ...[...drives, back].flatMap(({ succeeded }, index) => (succeeded ? [] : [`${driven[index]}: the run does not end`])),
        ...(await citiesFindings(client, cities, target)),
        ...(await findingsIn('Parcels', parcels)),
        ...(await findingsIn('Undone', undone)),
      );
      Object.assign(figures, totals(wire, disturbance, operators));
      figures.liveWrites += cities.lap().total;
      cities.resume();
      log(roundLine(figures, level, drives));
      if (figures.findings.length > 0) for (const { story } of [...drives, back]) log(story.join(', '));
    }
    figures.liveWrites += parcels.writes + undone.writes;
    return figures;
  } finally {
    await closers.close();
  }
}

function noFigures(): Omit<SoakFigures, 'findings'> {
  return { rounds: 0, liveWrites: 0, faults: {}, kills: 0, freezes: 0, commands: {}, starts: 0, redrives: 0, errors: {} };
}

async function teamFolder(closers: Closers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-soak-'));
  closers.add(() => rm(folder, { recursive: true, force: true }));
  await cp(join(packageRoot, 'transformations', 'Cities'), join(folder, 'Cities'), { recursive: true });
  await appendFile(join(folder, 'Cities', 'v1_split_location.ts'), citiesWayBack);
  await mkdir(join(folder, 'Parcels'));
  await writeFile(join(folder, 'Parcels', 'v1.ts'), parcelsTransformation);
  await mkdir(join(folder, 'Undone'));
  await writeFile(join(folder, 'Undone', 'v1.ts'), undoneTransformation);
  return folder;
}

/** The highest version to be applied afterwards: any but the present one. */
function nextLevel(level: number, random: Random): number {
  const others = [0, 1, 2].filter((other) => other !== level);
  return others[Math.floor(random() * others.length)] ?? 0;
}

async function citiesFindings(client: DynamoDBClient, application: LiveApplication, level: number): Promise<string[]> {
  const verification = await verifyTable(client, {
    table: 'Cities',
    keyAttributes: citiesApplication().keyAttributes,
    model: application.model,
    declared,
    newShape: (city) => shapeOf(city, versions.slice(0, level)),
  });
  const kinds: (keyof Findings)[] = [
    ...(['lostUpdates', 'resurrectedItems', 'missingItems'] as const),
    ...(['itemsWithoutNewShape', 'wrongValues', 'undeclaredChanges'] as const),
  ];
  const surprises = application.surprises.map((surprise) => `Cities: a live write was refused: ${surprise}`);
  return [
    ...surprises,
    ...kinds
      .filter((kind) => verification[kind].count > 0)
      .map((kind) => `Cities: ${kind} ${verification[kind].count}, such as ${verification[kind].examples.join('; ')}`),
  ];
}

async function findingsIn(table: string, application: Parcels | Undone): Promise<string[]> {
  const findings: [string, string[]][] = Object.entries(await application.verify());
  return findings.filter(([, ids]) => ids.length > 0).map(([kind, ids]) => `${table}: ${kind} ${ids.length}, such as ${ids.slice(0, 5)}`);
}

function note(figures: SoakFigures, drives: readonly Drive[]): void {
  for (const { starts, redrives, errors } of drives) {
    figures.starts += starts;
    figures.redrives += redrives;
    for (const error of errors) figures.errors[error] = (figures.errors[error] ?? 0) + 1;
  }
}

function totals({ counts }: FaultyWire, { kills, freezes }: WorkerDisturbance, operators: readonly Operator[]) {
  const commands: Record<string, number> = {};
  for (const operator of operators) for (const [verb, count] of operator.counts) commands[verb] = (commands[verb] ?? 0) + count;
  return { faults: Object.fromEntries(counts), kills, freezes, commands };
}

function roundLine({ rounds, findings, kills, freezes }: SoakFigures, level: number, drives: readonly Drive[]): string {
  const [cities, parcels, undone] = drives.map(
    ({ starts, redrives, errors }) => `${starts} starts, ${redrives} redrives, ${errors.length} failed`,
  );
  return `round ${rounds}: Cities at v${level} (${cities}), Parcels (${parcels}), Undone up (${undone}); ${kills} kills and ${freezes} freezes so far; ${
    findings.length === 0 ? 'all tables are as they must be' : findings.join('; ')
  }`;
}
