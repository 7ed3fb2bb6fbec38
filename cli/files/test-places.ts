import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import type { ProjectStyle } from './project-style.ts';
import { runInProject } from './run-in-project.ts';

/** Folders in which teams keep their tests. */
const usual = ['test', 'tests', '__tests__', 'spec', 'src'];

/** The folders in which the test of a table may be, the best first: beside the transformation, or in a folder of tests that the project has. */
export function testPlaces(folder: string, table: string, { root, runner }: ProjectStyle): string[] {
  const beside = join(folder, table);
  if (root === undefined || runner === undefined || runner === 'node:test') return [beside];
  const others = usual.map((name) => join(root, name)).filter((path) => existsSync(path) && !resolve(folder).startsWith(path));
  const shown = (path: string): string => (isAbsolute(folder) ? path : relative('', path));
  return [beside, ...others.map((path) => shown(join(path, basename(folder), table)))];
}

/**
 * True if the project's runner would run a test. The runner itself is asked, since its configuration can be a program.
 *
 * @returns undefined if it cannot be asked, because it is not installed
 */
export async function isFound(test: string, { root, runner }: ProjectStyle): Promise<boolean | undefined> {
  if (root === undefined) return undefined;
  const path = await realpath(test);
  if (runner === 'jest') return includes(await runInProject(root, 'jest', 'bin/jest.js', ['--listTests']), path);
  if (runner === 'vitest') return includes(await runInProject(root, 'vitest', 'vitest.mjs', ['list', '--filesOnly', '--json']), path);
  return undefined;
}

/** @param listed absolute paths, as lines or in JSON */
function includes(listed: string | undefined, path: string): boolean | undefined {
  if (listed === undefined) return undefined;
  return listed.split('\n').includes(path) || listed.includes(JSON.stringify(path));
}
