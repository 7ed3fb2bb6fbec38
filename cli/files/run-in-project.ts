import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Max milliseconds of one answer of the project's own programs. */
const timeout = 60_000;

/**
 * Runs a program of a package that the project has installed, in the project's folder.
 *
 * @param script of the package, by its path in the package
 * @returns what it wrote to stdout; undefined if the package is not installed, or the program fails without writing, or does not end in time
 */
export function runInProject(root: string, packageName: string, script: string, args: readonly string[]): Promise<string | undefined> {
  const file = scriptOf(root, packageName, script);
  if (file === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: root, timeout, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) =>
      resolve(error?.killed || (error && stdout === '') ? undefined : stdout),
    );
  });
}

function scriptOf(root: string, packageName: string, script: string): string | undefined {
  try {
    return join(dirname(createRequire(join(root, 'package.json')).resolve(`${packageName}/package.json`)), script);
  } catch {
    return undefined;
  }
}
