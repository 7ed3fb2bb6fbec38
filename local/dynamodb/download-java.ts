import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = 17;
const source = new URL('https://api.adoptium.net');

/**
 * The path of the Java in the cache folder. It is downloaded if the folder has none.
 *
 * 1. Take the one in the cache. 2. Otherwise check that the source can be reached, since a download without network fails only after minutes.
 * 3. Download and unpack beside the final folder. 4. Rename the folder, so that an interrupted download is never used.
 */
export async function downloadedJava(environment: NodeJS.ProcessEnv): Promise<string> {
  const cache = join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'dynamodt');
  const final = join(cache, `java-${version}`);
  const cached = await javaIn(final);
  if (cached) return cached;
  await reachable(new URL(environment['HTTPS_PROXY'] || environment['https_proxy'] || source), 5_000);
  // Loaded only here, since whoever has a Java need not install it.
  const { default: install } = await import('njre');
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(join(cache, 'download-'));
  try {
    console.error(`Downloading Java ${version} into ${final}, once.`);
    await install(version, { installPath: join(partial, 'jre') });
    await rename(partial, final).catch(async (error) => {
      // Another process was faster.
      if (!existsSync(final)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const java = await javaIn(final);
  if (!java) throw new Error(`the download into ${final} has no bin/java`);
  return java;
}

const executable = process.platform === 'win32' ? 'java.exe' : 'java';

/** Archives contain one folder, named after the exact version; those for macOS have a bundle inside it. */
async function javaIn(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const versions = await readdir(join(folder, 'jre'));
  const places = versions.flatMap((name) => [join(name, 'bin'), join(name, 'Contents', 'Home', 'bin')]);
  return places.map((place) => join(folder, 'jre', place, executable)).find(existsSync);
}

function reachable(url: URL, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    const socket = connect({ host: url.hostname, port, timeout });
    const settle = (error?: Error): void => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket.once('connect', () => settle());
    socket.once('timeout', () => settle(new Error(`${url.hostname} does not answer`)));
    socket.once('error', settle);
  });
}
