import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/** Runs `dynamodt` with these arguments. @returns its exit code */
export type RunCommand = (args: readonly string[], where: { cwd: string; env: NodeJS.ProcessEnv }) => Promise<number>;

/** Runs the command in a separate process at the same terminal, so that it handles Ctrl-C as usual. */
export const runCommand: RunCommand = (args, { cwd, env }) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program(), ...args], { cwd, env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });

/** Resolved by the package's own name, so that it is found from the sources and from the build. */
function program(): string {
  const require = createRequire(import.meta.url);
  const { bin } = z.object({ bin: z.object({ dynamodt: z.string() }) }).parse(require('dynamodt/package.json'));
  return join(dirname(require.resolve('dynamodt/package.json')), bin.dynamodt);
}
