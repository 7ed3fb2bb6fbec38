import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { citiesApplication } from '../../demo/application/cities-application.ts';
import { type LiveApplication, startLiveApplication } from '../../demo/application/live-application.ts';
import { searchKey, splitLocation } from '../../demo/cities-shapes.ts';
import { loadCities } from '../../demo/load-cities.ts';
import { pseudoRandom, type Random } from '../../demo/pseudo-random.ts';
import { shapeOf } from '../../demo/shape.ts';
import { type Findings, verifyTable } from '../../demo/verify-table.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { Closers } from '../../local/closers.ts';
import { FaultyWire } from './faulty-wire.ts';
import { nextLevel, noFigures, noteDrives, type SoakFigures, totals } from './figures.ts';
import { type Drive, Operator } from './operator.ts';
import { Parcels, parcelsTransformation } from './parcels.ts';
import { ledger, startSoaked } from './soaked-service.ts';
import { addedTogether, togetherApplication, versionsTogether } from './swept-together.ts';
import { Undone, undoneApplication, undoneTransformation } from './undone.ts';
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

const writeUnits = '1500';
const operationsPerSecond = 200;
const newParcels = 600;
/** The tables of the runs of a round. */
const driven = ['Cities', 'Parcels', 'Undone', 'Together', 'Undone', 'Together'];
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
 * Takes four tables up and down, over and over, while applications write to them, requests meet faults, workers are killed and frozen, and
 * an operator interferes. After each round all whole tables are compared with what the applications' own histories say.
 */
export async function soak({ minutes, seed, items, undone: undoneItems, signal, log }: SoakOptions): Promise<SoakFigures> {
  const closers = new Closers();
  const chance = (stream: number): Random => pseudoRandom(seed * 100 + stream);
  try {
    const service = await startSoaked({ transformations: await teamFolder(closers) }, closers, signal);
    const { aws, proxy, client, sfn, dynamodt } = service;

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
    const undone = new Undone(client, 'Undone', chance(7), undoneItems, undoneApplication);
    await undone.createTable();
    const together = new Undone(client, 'Together', chance(9), undoneItems, togetherApplication);
    await together.createTable();

    const wire = new FaultyWire(proxy, chance(2), ledger);
    const disturbance = new WorkerDisturbance(aws, chance(3));
    const operators = [
      new Operator(dynamodt, sfn, chance(4)),
      new Operator(dynamodt, sfn, chance(5)),
      new Operator(dynamodt, sfn, chance(8)),
      new Operator(dynamodt, sfn, chance(10)),
    ] as const;
    const choose = chance(6);

    const figures: SoakFigures = noFigures();
    const until = performance.now() + minutes * 60_000;
    let level = 0;
    while (performance.now() < until && !signal.aborted && figures.findings.length === 0) {
      const target = nextLevel(level, choose);
      await cities.deploy(versions.slice(0, target));
      await parcels.insert(newParcels);
      parcels.resume();
      undone.resume();
      together.resume();
      const ended = new AbortController();
      const disturbing = disturbance.run(ended.signal);
      wire.start();
      const outage = choose() < 0.3 ? wire.takeLedgerAway(2000 + choose() * 28_000) : undefined;
      const drives = await Promise.all([
        operators[0].drive('Cities', [target > level ? 'up' : 'down', 'Cities', '--to', String(target), '--write-units', writeUnits]),
        operators[1].drive('Parcels', [...['up', 'Parcels', '--write-units', writeUnits], ...(figures.rounds > 0 ? ['--again', '1'] : [])]),
        operators[2].drive('Undone', ['up', 'Undone', '--write-units', writeUnits]),
        operators[3].drive('Together', ['up', 'Together', '--write-units', writeUnits, ...(choose() < 0.3 ? ['--one-by-one'] : [])]),
      ]);
      const lacking = await Promise.all(addedTogether.map(async (name) => `${name}: ${(await together.lacking(name)).slice(0, 5)}`));
      const backs = await Promise.all([
        operators[2].drive('Undone', ['down', 'Undone', '--write-units', writeUnits]),
        operators[3].drive('Together', ['down', 'Together', '--to', '0', '--write-units', writeUnits]),
      ]);
      ended.abort();
      await outage;
      wire.stop();
      await Promise.all([disturbing, cities.pause(), parcels.pause(), undone.pause(), together.pause()]);
      // A request that is still on its way could do harm after the run.
      await wire.delivered();
      figures.rounds++;
      level = target;
      noteDrives(figures, [...drives, ...backs]);
      figures.findings.push(
        ...[...drives, ...backs].flatMap(({ succeeded }, index) => (succeeded ? [] : [`${driven[index]}: the run does not end`])),
        ...(await citiesFindings(client, cities, target)),
        ...(await findingsIn('Parcels', parcels)),
        ...(await findingsIn('Undone', undone)),
        ...(await findingsIn('Together', together)),
        ...lacking.filter((found) => !found.endsWith(': ')).map((found) => `Together: items lack ${found}`),
      );
      Object.assign(figures, totals(wire, disturbance, operators));
      figures.liveWrites += cities.lap().total;
      cities.resume();
      log(roundLine(figures, level, drives));
      if (figures.findings.length > 0) for (const { story } of [...drives, ...backs]) log(story.join(', '));
    }
    figures.liveWrites += parcels.writes + undone.writes + together.writes;
    return figures;
  } finally {
    await closers.close();
  }
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
  await mkdir(join(folder, 'Together'));
  for (const [file, text] of Object.entries(versionsTogether)) await writeFile(join(folder, 'Together', file), text);
  return folder;
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

function roundLine({ rounds, findings, kills, freezes }: SoakFigures, level: number, drives: readonly Drive[]): string {
  const [cities, parcels, undone, together] = drives.map(
    ({ starts, redrives, errors }) => `${starts} starts, ${redrives} redrives, ${errors.length} failed`,
  );
  return `round ${rounds}: Cities at v${level} (${cities}), Parcels (${parcels}), Undone up (${undone}), Together up (${together}); ${kills} kills and ${freezes} freezes so far; ${
    findings.length === 0 ? 'all tables are as they must be' : findings.join('; ')
  }`;
}
