import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findJava } from './find-java.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { jarFolder } from './jar-folder.ts';
import { launcherClass, launcherFolder } from './java/launcher.ts';

export interface LocalDynamoDb {
  url: string;
  /** Name to show: `DynamoDB Local 3.3.1`. */
  description: string;
  close(): Promise<void>;
}

/**
 * Starts Amazon's DynamoDB Local in memory, on the loopback interface, with one database for all regions and access keys.
 * `temporaryFolder` is removed if this process is killed.
 *
 * @throws JavaMissing: when no Java 17 or newer is found and none can be downloaded.
 */
export async function startLocalDynamoDb(temporaryFolder?: string): Promise<LocalDynamoDb> {
  const java = await findJava();
  const folder = await jarFolder();
  const server = startGuarded(
    java,
    [
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      ...['-cp', [join(folder, 'DynamoDBLocal.jar'), launcherFolder].join(delimiter), launcherClass],
      ...['-inMemory', '-sharedDb', '-disableTelemetry'],
    ],
    temporaryFolder,
  );
  const url = await listening(server);
  // The first request is slow, since Java loads most of DynamoDB Local for it.
  while (!(await answers(url))) if (server.exited) throw new Error(`DynamoDB Local ended while starting: ${server.lastLines()}`);
  return { url, description: `DynamoDB Local ${await versionIn(folder)}`, close: server.close };
}

/** The address that the launcher prints when it is ready. */
async function listening(server: GuardedProcess): Promise<string> {
  for (;;) {
    const [, address] = /listening on ([\d.]+:\d+)/.exec(server.lastLines()) ?? [];
    if (address) return `http://${address}`;
    if (server.exited) throw new Error(`DynamoDB Local ended while starting: ${server.lastLines()}`);
    await sleep(20);
  }
}

/**
 * Connects to a DynamoDB that another program runs.
 *
 * @throws Error: when the URL is not valid, or no DynamoDB answers there.
 */
export async function existingDynamoDb(url: string): Promise<LocalDynamoDb> {
  if (!URL.canParse(url)) throw new Error(`${url} is not a URL: give --dynamodb as http://HOST:PORT.`);
  if (!(await answers(url))) throw new Error(`No DynamoDB answers at ${url}: start it, or leave out --dynamodb to have one started.`);
  return { url, description: `DynamoDB at ${url}`, close: async () => {} };
}

/** True if anything answers. The answer is an error, since the request has no signature. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** The newest version in the release notes beside the jar. */
async function versionIn(folder: string): Promise<string> {
  const notes = await readFile(join(folder, 'README.txt'), 'utf8');
  return /\((\d+\.\d+\.\d+)\)/.exec(notes)?.[1] ?? 'of an unknown version';
}
