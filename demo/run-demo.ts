import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ApplicationModel } from './application/application-model.ts';
import { citiesApplication } from './application/cities-application.ts';
import { type LiveApplication, startLiveApplication } from './application/live-application.ts';
import { blindWriteBack } from './blind-write-back.ts';
import { searchKey, splitLocation } from './cities-shapes.ts';
import type { DynamodtCommand } from './dynamodt-command.ts';
import { gateOf } from './gate.ts';
import type { Item } from './item.ts';
import { holds, type Leg, type RunLeg, showSummary, showVerdict } from './leg.ts';
import { loadCities } from './load-cities.ts';
import { OldWriter, oldWriterName } from './old-writer.ts';
import { latestRun } from './run-figures.ts';
import { milliseconds, type Screen, seconds, whole } from './screen.ts';
import { type Shape, shapeOf } from './shape.ts';
import { type Verification, verifyTable } from './verify-table.ts';

export interface DemoOptions {
  readonly screen: Screen;
  /** Address of DynamoDB. */
  readonly dynamodbUrl: string;
  readonly dynamodt: DynamodtCommand;
  /** How many cities to load. */
  readonly items: number;
  /** Operations a second of the application. */
  readonly rate: number;
  /** The budget of each run, in write units a second: what is left of DynamoDB Local belongs to the application. */
  readonly writeUnits: number;
  /** Registers resources to close at the end, in the opposite order. */
  readonly onClose: (close: () => Promise<void>) => void;
}

type StartApplication = (on: string, items: readonly Item[], shapes: readonly Shape[], operationsPerSecond: number) => LiveApplication;

const table = 'Cities';
const writers = 8;
const aloneFor = 3000;
/** How long the old writer writes, and which of the loaded items, the smallest cities. */
const oldWriterFor = 15_000;
const oldWriterItems = 300;
/** The shortest time for which the gate of phase 3 can be asked. */
const quiet = { text: '1m', ms: 60_000 };
const allShapes = [splitLocation, searchKey];
const declared = allShapes.flatMap(({ adds }) => adds);

/**
 * Takes a table through the phases of the zero-downtime process, and one version back, while an application writes:
 * 1. a typical migration script, on a separate table, to show that the oracle detects its faults;
 * 2. the cities are loaded and the application starts, knowing the old shape only;
 * 3. phase 1: code is deployed that keeps old and new attributes;
 * 4. phase 2: `dynamodt up`; the application rests and the oracle compares the whole table;
 * 5. an old writer puts items of the old shape, which the follower of the table's stream brings up; the gate of phase 3 is red, and green when
 *    the writer has stopped;
 * 6. phase 3: the new index is used; `dynamodt history`;
 * 7. the way back: code that no longer writes v2, `dynamodt down`, the oracle once more.
 *
 * @returns true if all checks passed
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { screen, dynamodt, rate, writeUnits, onClose } = options;
  const connection = {
    endpoint: options.dynamodbUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = new DynamoDBClient(connection);
  const applicationClient = new DynamoDBClient({ ...connection, maxAttempts: 1 });
  onClose(async () => {
    client.destroy();
    applicationClient.destroy();
  });
  const startApplication: StartApplication = (on, items, shapes, operationsPerSecond) => {
    const description = citiesApplication(on);
    const application = startLiveApplication({ client: applicationClient, description, items, shapes, writers, operationsPerSecond });
    onClose(() => application.stop());
    return application;
  };

  screen.step('A typical script', 'a script reads 3,000 cities and puts them back transformed, while an application writes');
  const caught = await blindly(client, startApplication);
  screen.fact(`lost updates ${whole(caught.lostUpdates.count)}, resurrected items ${whole(caught.resurrectedItems.count)}`);
  screen.fact('the oracle that says so counts acknowledged writes and reads nothing; it is the same below');
  if (caught.ok) throw new Error('The oracle did not notice a blind write-back: its verdicts below would prove nothing.');

  screen.step('Load the cities of the world', 'the biggest first');
  const loading = performance.now();
  const items = await loadCities(client, options.items, table);
  screen.fact(`${whole(items.length)} items in table ${table}, in ${seconds((performance.now() - loading) / 1000)}`);

  screen.step('Start the live application', 'it writes through all that follows');
  const old = Math.min(oldWriterItems, Math.floor(items.length / 4));
  const oldWriter = new OldWriter({
    client,
    table,
    keyAttributes: citiesApplication(table).keyAttributes,
    items: items.slice(-old),
    newAttribute: splitLocation.adds[0] ?? '',
  });
  onClose(() => oldWriter.stop());
  const application = startApplication(table, items.slice(0, -old), [], rate);
  await sleep(aloneFor);
  const alone = application.lap();
  screen.fact(`${writers} writers: updates, whole-item puts, inserts, deletes, re-inserts of deleted keys`);
  screen.fact(`${whole(alone.total / alone.seconds)} operations/s, p50 ${milliseconds(alone.p50)}, p99 ${milliseconds(alone.p99)}`);

  const run = async (direction: 'up' | 'down', name: string, shapes: readonly Shape[]): Promise<RunLeg> => {
    application.lap();
    const budget = ['--write-units', String(writeUnits)];
    screen.command(`dynamodt ${direction} ${table} ${budget.join(' ')}`);
    const exitCode = await dynamodt.show(direction, table, ...budget);
    if (exitCode !== 0) throw new Error(`dynamodt ${direction} ${table} ended with ${exitCode}.`);
    await application.pause();
    const figures = application.lap();
    const verification = await verify(client, table, [application, oldWriter], shapes);
    application.resume();
    const leg = { name, application: figures, run: latestRun(await dynamodt.read('history', table)), verification };
    showVerdict(screen, leg);
    return leg;
  };

  screen.step('Phase 1: deploy code that writes both shapes', 'v1 latitude and longitude, v2 a search key');
  await application.deploy(allShapes);

  screen.step('Phase 2: transform the table', 'two versions, through the state machines and workers as in AWS');
  const up = await run('up', 'v1, v2 up', allShapes);

  screen.step('An old writer', `a ${oldWriterName} that nobody deployed anew puts whole items of the old shape, and nothing of it is new`);
  const behind = await oldWriter.writeOne();
  screen.fact(
    `the follower of the stream has read what the run and the application wrote meanwhile: it was ${seconds(behind / 1000)} behind`,
  );
  application.lap();
  oldWriter.start();
  await sleep(oldWriterFor);
  const whileWritten = await gateOf(dynamodt, table, 1, quiet.text);
  const isRed = !whileWritten.isOpen && whileWritten.problems.some(({ name }) => name === 'OldWriters');
  screen.verdict(isRed, `the gate of phase 3 is closed: ${whileWritten.problems.map(({ name }) => name).join(', ')}`);
  screen.command(`dynamodt follow ${table}`);
  await dynamodt.show('follow', table);
  await oldWriter.stop();
  await application.pause();
  const followed: Leg = {
    name: 'old writer',
    application: application.lap(),
    run: { seconds: oldWriterFor / 1000, changed: oldWriter.writes },
    verification: await verifyUntilNew(client, table, [application, oldWriter], allShapes),
  };
  application.resume();
  showVerdict(screen, followed);
  const [p50, p99] = [percentile(oldWriter.delays, 0.5), percentile(oldWriter.delays, 0.99)];
  screen.fact(
    `${whole(oldWriter.writes)} items of the old shape were brought up, p50 after ${milliseconds(p50)}, p99 after ${milliseconds(p99)}`,
  );
  screen.fact(
    `the ${oldWriterName} is deployed anew; the gate looks back ${seconds(quiet.ms / 1000)}, and the application goes on meanwhile`,
  );
  await sleep(quiet.ms + 1000);
  screen.command(`dynamodt plan ${table} --sequence 1 --quiet ${quiet.text}`);
  const afterwards = await gateOf(dynamodt, table, 1, quiet.text);
  screen.verdict(afterwards.isOpen, `the gate of phase 3 is open${afterwards.problems.map(({ message }) => `; ${message}`).join('')}`);

  screen.step('Phase 3: use the new data', 'the index that v2 filled');
  screen.fact(`biggest cities of FR#11: ${(await biggestCities(client, 'FR#11')).join(' · ')}`);
  screen.command(`dynamodt history ${table}`);
  await dynamodt.show('history', table);

  screen.step('Back: one version down', 'first deploy code that no longer writes v2, or its attributes would come back');
  await application.deploy([splitLocation]);
  const down = await run('down', 'v2 down', [splitLocation]);

  screen.step('What happened');
  await application.stop();
  showSummary(screen, alone, [up, down], writeUnits);
  return isRed && afterwards.isOpen && [up, followed, down].every(holds);
}

type Writers = readonly { readonly model: ApplicationModel }[];

function verify(client: DynamoDBClient, on: string, writers: Writers, shapes: readonly Shape[]): Promise<Verification> {
  const { keyAttributes } = citiesApplication(on);
  const models = writers.map(({ model }) => model);
  const model = {
    items: new Map(models.flatMap(({ items }) => [...items])),
    deleted: new Set(models.flatMap(({ deleted }) => [...deleted])),
    uncertain: new Set(models.flatMap(({ uncertain }) => [...uncertain])),
  };
  return verifyTable(client, { table: on, keyAttributes, model, declared, newShape: (city) => shapeOf(city, shapes) });
}

/** Again while the follower is still at work on the last writes, for some seconds at the longest. */
async function verifyUntilNew(client: DynamoDBClient, on: string, writers: Writers, shapes: readonly Shape[]): Promise<Verification> {
  const startedAt = performance.now();
  for (;;) {
    const verification = await verify(client, on, writers, shapes);
    if (verification.itemsWithoutNewShape.count === 0 || performance.now() - startedAt > 15_000) return verification;
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

async function blindly(client: DynamoDBClient, startApplication: StartApplication): Promise<Verification> {
  const on = 'CitiesOfTheUsualScript';
  // Its own rate: at a very low one, the script might break nothing by luck.
  const application = startApplication(on, await loadCities(client, 3000, on), allShapes, 300);
  await blindWriteBack(client, on, (city) => ({ ...city, ...shapeOf(city, allShapes) }));
  await application.stop();
  return verify(client, on, [application], allShapes);
}

async function biggestCities(client: DynamoDBClient, region: string): Promise<string[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :region',
      ExpressionAttributeValues: { ':region': { S: region } },
      ScanIndexForward: false,
      Limit: 4,
    }),
  );
  return Items.map(({ name, population }) => `${name?.S} ${whole(Number(population?.N))}`);
}
