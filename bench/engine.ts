import { fork } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { ApplicationDescription } from '../demo/application/application-description.ts';
import { citiesApplication } from '../demo/application/cities-application.ts';
import { type LiveApplication, startLiveApplication } from '../demo/application/live-application.ts';
import { planUpdate } from '../demo/application/planned-write.ts';
import { splitLocation } from '../demo/cities-shapes.ts';
import { DynamodtCommand } from '../demo/dynamodt-command.ts';
import type { Item } from '../demo/item.ts';
import { keyText } from '../demo/key-of.ts';
import { loadCities } from '../demo/load-cities.ts';
import { shapeOf } from '../demo/shape.ts';
import { type Verification, verifyTable } from '../demo/verify-table.ts';
import { type LocalAws, startLocalAws } from '../local/local-aws.ts';
import type { Lap } from './modelled/modelled-process.ts';
import { type Section, times, whole } from './section.ts';

const cities = 25_000;
/** Number of cities that both transform before the measurement, so that DynamoDB Local has compiled its code and processes are started. */
const citiesToWarmUp = 3000;
/** Live writes a second while a table is transformed. */
const liveRate = 200;

/** Figures of one way to transform a table while an application writes. */
interface Figures {
  items: number;
  seconds: number;
  verification: Verification;
}

/** A whole run through the state machine on DynamoDB Local beside the predecessor's algorithm in one process, both while an application writes. */
export async function engine(): Promise<Section> {
  const transformations = join(import.meta.dirname, '..', 'transformations');
  const aws = await startLocalAws({ transformations, port: 0, log: () => {} });
  try {
    await transformTable(aws, 'CitiesOfThePredecessor', citiesToWarmUp, (hit) => byPredecessor(aws, 'CitiesOfThePredecessor', hit));
    await transformTable(aws, 'Cities', citiesToWarmUp, () => byDynamodt(aws, 'up', '--to', '1'));
    await byDynamodt(aws, 'down', '--to', '0');
    const predecessor = await transformTable(aws, 'CitiesOfThePredecessor', cities, (hit) =>
      byPredecessor(aws, 'CitiesOfThePredecessor', hit),
    );
    const ours = await transformTable(aws, 'Cities', cities, () => byDynamodt(aws, 'up', '--to', '1'));
    const faster = rate(ours) / rate(predecessor);
    const lost = (figures: Figures) => figures.verification.lostUpdates.count + figures.verification.resurrectedItems.count;
    const row = (name: string, figures: Figures) => [
      name,
      whole(rate(figures)),
      `${figures.seconds.toFixed(1)} s`,
      whole(figures.verification.lostUpdates.count),
      whole(figures.verification.resurrectedItems.count),
      whole(figures.verification.itemsWithoutNewShape.count),
    ];
    return {
      title: 'Engine',
      text: [
        `${whole(cities)} real cities on ${aws.dynamodb}, while an application makes ${liveRate} writes a second. The application also writes to an item of the first pages of the predecessor, between its read and its put, so that it surely loses something. Both went through ${whole(citiesToWarmUp)} other cities before, so that DynamoDB Local has compiled its code. dynamodt: the whole run through the state machine, from \`dynamodt up\` to its end, with the pass that verifies. The predecessor's algorithm: one process that scans 25 items and puts them back. The oracle then compares the whole table with what the application wrote.`,
      ],
      tables: [
        {
          columns: ['', 'items/s', 'time', 'lost updates', 'resurrected items', 'without new shape'],
          rows: [row('dynamodt', ours), row("the predecessor's algorithm", predecessor)],
        },
      ],
      targets: [
        { what: "items/s against the predecessor's algorithm", measured: times(faster), target: '> 1 ×', met: faster > 1 },
        { what: 'live writes lost or deletes undone by dynamodt', measured: whole(lost(ours)), target: '0', met: ours.verification.ok },
        {
          what: "… by the predecessor's algorithm, to show that writes could be lost",
          measured: whole(lost(predecessor)),
          target: '> 0',
          met: lost(predecessor) > 0,
        },
      ],
      figures: { dynamodt: ours, predecessor },
    };
  } finally {
    await aws.close();
  }
}

function rate({ items, seconds }: Figures): number {
  return items / seconds;
}

/** Called with the keys of items that the predecessor has read and not put back. */
type Hit = (keys: readonly Item[]) => Promise<void>;

/**
 * The application adds a visit to the first of these items that it has not deleted. Its writers are paused for that long: none of them is at the
 * same item.
 */
async function writeInTheWindow(
  client: DynamoDBClient,
  application: LiveApplication,
  target: ApplicationDescription,
  keys: readonly Item[],
): Promise<void> {
  const { model } = application;
  await application.pause();
  const [present] = keys.flatMap((key) => model.items.get(keyText(key, target.keyAttributes)) ?? []);
  if (present) {
    const visit = { kind: 'update', name: 'visit', weight: 1, change: () => ({ add: { visits: 1 } }) } as const;
    const { key, after, written, send } = planUpdate(target, visit, present.item, { random: () => 0, serial: 0 }, [splitLocation]);
    await send(client);
    if (after) model.wrote(key, after, written);
  }
  application.resume();
}

/** Loads a table, starts the application, transforms the table, and lets the oracle compare. */
async function transformTable(
  aws: LocalAws,
  table: string,
  count: number,
  transform: (hit: Hit) => Promise<{ seconds: number }>,
): Promise<Figures> {
  const connection = { endpoint: aws.dynamodbUrl, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new DynamoDBClient({ ...connection, maxAttempts: 1 });
  await client.send(new DeleteTableCommand({ TableName: table })).catch((error: unknown) => {
    // There is no table yet at the first use of the name.
    if (!(error instanceof ResourceNotFoundException)) throw error;
  });
  const description = citiesApplication(table);
  const items = await loadCities(client, count, table);
  const application = startLiveApplication({ client, description, items, shapes: [splitLocation], operationsPerSecond: liveRate });
  await sleep(1000);
  const { seconds } = await transform((keys) => writeInTheWindow(client, application, description, keys));
  await application.stop();
  const verification = await verify(client, table, application);
  client.destroy();
  return { items: count, seconds, verification };
}

function verify(client: DynamoDBClient, table: string, { model }: LiveApplication): Promise<Verification> {
  return verifyTable(client, {
    table,
    keyAttributes: citiesApplication(table).keyAttributes,
    model,
    declared: splitLocation.adds,
    newShape: (city) => shapeOf(city, [splitLocation]),
  });
}

const Document = z.object({ status: z.literal('succeeded') });

async function byDynamodt(aws: LocalAws, verb: 'up' | 'down', ...options: string[]): Promise<{ seconds: number }> {
  const startedAt = performance.now();
  Document.parse(await new DynamodtCommand(aws.url, new AbortController().signal).read(verb, 'Cities', ...options));
  return { seconds: (performance.now() - startedAt) / 1000 };
}

async function byPredecessor(aws: LocalAws, table: string, hit: Hit): Promise<{ seconds: number }> {
  const child = fork(join(import.meta.dirname, 'run-contender.ts'), ['predecessor', 'city', table], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });
  let failure: unknown;
  child.on('message', (message) => {
    hit(Read.parse(message).read.map(({ country, cityId }) => ({ country: { S: country }, cityId: { N: String(cityId) } })))
      .catch((error: unknown) => {
        failure = error;
      })
      .then(() => child.send('written'));
  });
  const stdout = child.stdout ? await text(child.stdout) : '';
  if (failure) throw failure;
  if (stdout === '') throw new Error('The predecessor ended without figures; its error stands above.');
  const { laps }: { laps: Lap[] } = JSON.parse(stdout);
  return { seconds: laps[0]?.seconds ?? Number.NaN };
}

/** The keys of a page that the predecessor has read and not put back. */
const Read = z.object({ read: z.array(z.object({ country: z.string(), cityId: z.number() })) });
