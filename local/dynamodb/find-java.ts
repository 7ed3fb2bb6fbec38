import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadedJava } from './download-java.ts';
import { JavaMissing } from './java-missing.ts';

/** DynamoDB Local 3 is compiled for this version. */
const oldestJava = 17;

/**
 * The Java to run: from JAVA_HOME, from PATH, or downloaded once into a cache.
 *
 * @throws JavaMissing: when no Java is found and none can be downloaded.
 */
export async function findJava(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = environment['JAVA_HOME'];
  for (const java of [...(home ? [join(home, 'bin', 'java')] : []), 'java']) {
    if ((await javaVersion(java, environment)) >= oldestJava) return java;
  }
  try {
    return await downloadedJava(environment);
  } catch (error) {
    throw new JavaMissing(error);
  }
}

/** The major version of a Java; 0 if it cannot be executed. */
async function javaVersion(java: string, environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    const { stderr } = await promisify(execFile)(java, ['-version'], { env: environment, timeout: 60_000 });
    const [, first = '0', second = '0'] = /version "(\d+)(?:\.(\d+))?/.exec(stderr) ?? [];
    return first === '1' ? Number(second) : Number(first);
  } catch {
    return 0;
  }
}
