import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findJava } from '../../local/dynamodb/find-java.ts';
import { JavaMissing } from '../../local/dynamodb/java-missing.ts';
import { freePort } from '../support/free-port.ts';

describe('the Java of DynamoDB Local', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'java-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A java that says which version it is. */
  const fakeJava = async (place: string, version: string): Promise<string> => {
    await mkdir(join(folder, place), { recursive: true });
    const file = join(folder, place, 'java');
    await writeFile(file, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`);
    await chmod(file, 0o755);
    return file;
  };
  /** An environment in which every download is refused. */
  const environment = async (variables: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> => ({
    PATH: '',
    XDG_CACHE_HOME: join(folder, 'cache'),
    HTTPS_PROXY: `http://127.0.0.1:${await freePort()}`,
    ...variables,
  });

  it('is that of JAVA_HOME before that of PATH', async () => {
    const home = await fakeJava('home/bin', '21.0.1');
    await fakeJava('path', '17.0.15');

    expect(await findJava(await environment({ JAVA_HOME: join(folder, 'home'), PATH: join(folder, 'path') }))).toBe(home);
  });

  it('is that of PATH when JAVA_HOME has one that is too old', async () => {
    await fakeJava('home/bin', '1.8.0_402');
    await fakeJava('path', '17.0.15');

    expect(await findJava(await environment({ JAVA_HOME: join(folder, 'home'), PATH: join(folder, 'path') }))).toBe('java');
  });

  it('is the one downloaded before', async () => {
    const cached = await fakeJava('cache/dynamodt/java-17/jre/jdk-17.0.15+6-jre/bin', '17.0.15');

    expect(await findJava(await environment())).toBe(cached);
  });

  it('is JavaMissing, with the command that installs one, when there is none and the download is refused', async () => {
    await fakeJava('path', '11.0.2');

    const failure = await findJava(await environment({ PATH: join(folder, 'path') })).catch((error) => error);

    expect(failure).toBeInstanceOf(JavaMissing);
    expect(failure.message).toMatch(
      /^DynamoDB Local needs Java 17 or newer and none was found or could be downloaded \(.*ECONNREFUSED.*\): install it with `.+`, or set JAVA_HOME\.$/,
    );
    expect(new JavaMissing('offline', 'linux').message).toContain('`sudo apt-get install -y openjdk-17-jre-headless`');
    expect(new JavaMissing('offline', 'darwin').message).toContain('`brew install');
    expect(new JavaMissing('offline', 'win32').message).toContain('`winget install');
  });

  it('is JavaMissing when the source takes the connection and says no', async () => {
    const refusing = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const port = await freePort();
    await new Promise<void>((resolve) => refusing.listen(port, '127.0.0.1', resolve));
    // njre reads the proxy from its own environment.
    const before = process.env['HTTPS_PROXY'];
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${port}`;
    try {
      await expect(findJava(await environment({ HTTPS_PROXY: process.env['HTTPS_PROXY'] }))).rejects.toThrow(JavaMissing);
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY'];
      else process.env['HTTPS_PROXY'] = before;
      refusing.close();
    }
  });
});
