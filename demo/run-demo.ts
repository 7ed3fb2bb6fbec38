import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { citiesApplication } from './application/cities-application.ts';
import { type LiveApplication, startLiveApplication } from './application/live-application.ts';
import { blindWriteBack } from './blind-write-back.ts';
import { searchKey, splitLocation } from './cities-shapes.ts';
import type { DynamodtCommand } from './dynamodt-command.ts';
import type { Item } from './item.ts';
import { holds, type Leg, showSummary, showVerdict } from './leg.ts';
import { loadCities } from './load-cities.ts';
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
  /** Registers resources to close at the end, in the opposite order. */
  readonly onClose: (close: () => Promise<void>) => void;
}

type StartApplication = (on: string, items: readonly Item[], shapes: readonly Shape[], operationsPerSecond: number) => LiveApplication;

const table = 'Cities';
const writers = 8;
const aloneFor = 3000;
const allShapes = [splitLocation, searchKey];
const declared = allShapes.flatMap(({ adds }) => adds);

/**
 * Takes a table through the phases of the zero-downtime process, and one version back, while an application writes:
 * 1. a typical migration script, on a separate table, to show that the oracle detects its faults;
 * 2. the cities are loaded and the application starts, knowing the old shape only;
 * 3. phase 1: code is deployed that keeps old and new attributes;
 * 4. phase 2: `dynamodt up`; the application rests and the oracle compares the whole table;
 * 5. phase 3: the new index is used; `dynamodt history`;
 * 6. the way back: code that no longer writes v2, `dynamodt down`, the oracle once more.
 *
 * @returns true if all checks passed
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { screen, dynamodt, rate, onClose } = options;
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
  const application = startApplication(table, items, [], rate);
  await sleep(aloneFor);
  const alone = application.lap();
  screen.fact(`${writers} writers: updates, whole-item puts, inserts, deletes, re-inserts of deleted keys`);
  screen.fact(`${whole(alone.total / alone.seconds)} operations/s, p50 ${milliseconds(alone.p50)}, p99 ${milliseconds(alone.p99)}`);

  const run = async (direction: 'up' | 'down', name: string, shapes: readonly Shape[]): Promise<Leg> => {
    application.lap();
    screen.command(`dynamodt ${direction} ${table}`);
    const exitCode = await dynamodt.show(direction, table);
    if (exitCode !== 0) throw new Error(`dynamodt ${direction} ${table} ended with ${exitCode}.`);
    await application.pause();
    const figures = application.lap();
    const verification = await verify(client, table, application, shapes);
    application.resume();
    const leg = { name, application: figures, run: latestRun(await dynamodt.read('history', table)), verification };
    showVerdict(screen, leg);
    return leg;
  };

  screen.step('Phase 1: deploy code that writes both shapes', 'v1 latitude and longitude, v2 a search key');
  await application.deploy(allShapes);

  screen.step('Phase 2: transform the table', 'two versions, through the state machines and workers as in AWS');
  const up = await run('up', 'v1, v2 up', allShapes);

  screen.step('Phase 3: use the new data', 'the index that v2 filled');
  screen.fact(`biggest cities of FR#11: ${(await biggestCities(client, 'FR#11')).join(' · ')}`);
  screen.command(`dynamodt history ${table}`);
  await dynamodt.show('history', table);

  screen.step('Back: one version down', 'first deploy code that no longer writes v2, or its attributes would come back');
  await application.deploy([splitLocation]);
  const down = await run('down', 'v2 down', [splitLocation]);

  screen.step('What happened');
  await application.stop();
  showSummary(screen, alone, [up, down]);
  return [up, down].every(holds);
}

function verify(client: DynamoDBClient, on: string, { model }: LiveApplication, shapes: readonly Shape[]): Promise<Verification> {
  const { keyAttributes } = citiesApplication(on);
  return verifyTable(client, { table: on, keyAttributes, model, declared, newShape: (city) => shapeOf(city, shapes) });
}

async function blindly(client: DynamoDBClient, startApplication: StartApplication): Promise<Verification> {
  const on = 'CitiesOfTheUsualScript';
  // Its own rate: at a very low one, the script might break nothing by luck.
  const application = startApplication(on, await loadCities(client, 3000, on), allShapes, 300);
  await blindWriteBack(client, on, (city) => ({ ...city, ...shapeOf(city, allShapes) }));
  await application.stop();
  return verify(client, on, application, allShapes);
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
