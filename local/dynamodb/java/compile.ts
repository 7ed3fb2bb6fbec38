import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jarFolder } from '../jar-folder.ts';
import { digestsFile, launcherFile, launcherFolder } from './launcher.ts';

/** Compiles LoopbackServer.java for Java 17 and newer, with the `javac` on PATH: `node local/dynamodb/java/compile.ts`. */
const jar = join(await jarFolder(), 'DynamoDBLocal.jar');
execFileSync('javac', ['--release', '17', '-g:none', '-cp', jar, '-d', launcherFolder, launcherFile('java')], { stdio: 'inherit' });

const digests = (['java', 'class'] as const).map((extension) => {
  const digest = createHash('sha256')
    .update(readFileSync(launcherFile(extension)))
    .digest('hex');
  return [extension, digest];
});
writeFileSync(digestsFile, `${JSON.stringify(Object.fromEntries(digests), null, 2)}\n`);
