import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import { loadBundled } from '../../bundle/load-bundled.ts';
import { RunError } from '../../core/errors.ts';
import { ownValue } from '../../core/own-value.ts';
import { type UnusedFindings, unusedFindings } from '../../core/plan/findings/unused-findings.ts';
import type { FileProblem, LocalFile } from '../../core/plan/local-file.ts';
import type { CatalogFile } from '../../core/transformation/catalog.ts';
import { invalidFile } from '../../core/transformation/check-exports.ts';

/** The folder of one table. */
export interface LocalTable {
  table: string;
  /** The versions, in the order of their sequences. */
  files: LocalFile[];
  unused: UnusedFindings;
  /** Versions without a file, because all stages have applied them. */
  squashed: readonly number[];
}

/** The folder of one table after bundling; none of its code was run. */
export interface BundledTable {
  table: string;
  /** In the order of their sequences. */
  entries: readonly CatalogFile[];
  /** Files that cannot be loaded or run, and why. */
  broken: Readonly<Record<string, FileProblem>>;
  /** Of the table's folder. */
  unused: UnusedFindings;
  squashed: readonly number[];
  /** Folder of the bundles. */
  bundles: string;
}

/** How files are loaded. */
export interface Loading {
  /** Max seconds for the top level of a file; undefined for no limit. */
  maxSeconds?: number;
  beforeLoading?: (file: string) => void;
}

/**
 * Bundles the team's folder as a deploy does, calls `use` with the bundles, and removes them afterwards. No code of the team runs.
 *
 * @param use also gets what is found outside the folders of tables
 * @throws RunError NoTransformations if there is no such folder
 */
export async function withBundledTables<T>(
  folder: string,
  use: (tables: BundledTable[], elsewhere: UnusedFindings) => Promise<T>,
): Promise<T> {
  await refuseMissingFolder(folder);
  // With a source map, a failure names the line of the team's file, not of the bundle. Node reports the real path of a file.
  process.setSourceMapsEnabled(true);
  const bundles = await realpath(await mkdtemp(join(tmpdir(), 'dynamodt-files-')));
  try {
    const { tables, squashed = {}, unused } = await bundleTransformations(folder, bundles);
    const inFolders = unused.filter(({ file, isProblem }) => file.includes('/') && (isProblem || Object.hasOwn(tables, folderOf(file))));
    const names = new Set([...Object.keys(tables), ...inFolders.map(({ file }) => folderOf(file))]);
    const bundled = [...names].sort().map((table) => ({
      table,
      entries: ownValue(tables, table) ?? [],
      broken: {},
      unused: unusedFindings(inFolders.filter(({ file }) => folderOf(file) === table)),
      squashed: ownValue(squashed, table) ?? [],
      bundles,
    }));
    return await use(bundled, unusedFindings(unused.filter((file) => !inFolders.includes(file))));
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
}

/** Loads the files of a table, one after the other. */
export async function loadTable(
  { table, entries, broken, unused, squashed, bundles }: BundledTable,
  loading: Loading = {},
): Promise<LocalTable> {
  const files: LocalFile[] = [];
  for (const entry of entries) {
    const { file, sequence, checksum } = entry;
    const problem = ownValue(broken, file);
    files.push(problem ? { file, sequence, checksum, problem } : await load(entry, bundles, loading));
  }
  return { table, files, unused, squashed };
}

async function refuseMissingFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new RunError(
      'NoTransformations',
      `There is no folder "${folder}". Run the command where your transformations/ folder is, or name it with --transformations DIR. \`dynamodt init Users\` makes it, with the first file.`,
    );
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}

async function load(entry: CatalogFile, bundles: string, { maxSeconds, beforeLoading }: Loading): Promise<LocalFile> {
  const { file, sequence, checksum, formerChecksums, packages, notes } = entry;
  const known = { file, sequence, checksum, formerChecksums, packages, notes };
  beforeLoading?.(file);
  const importModule = (module: string): Promise<object> => import(pathToFileURL(join(bundles, module)).href);
  try {
    const transformation = await loadBundled(entry, (module) => inTime(file, importModule(module), maxSeconds));
    // A promise that was rejected while the file was loaded, and that nobody catches, ends the thread now, and not while another file is in hand.
    await setImmediate();
    return { ...known, transformation };
  } catch (error) {
    if (error instanceof RunError) return { ...known, problem: error };
    throw error;
  }
}

/** @throws RunError InvalidTransformation: when the file takes longer */
async function inTime(file: string, loading: Promise<object>, maxSeconds: number | undefined): Promise<object> {
  if (maxSeconds === undefined) return loading;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        invalidFile(file, `is not loaded after ${maxSeconds} seconds: its top level waits for something. Its top level must only declare`),
      ),
    maxSeconds * 1000,
  );
  return Promise.race([loading, late]).finally(() => clearTimeout(timer));
}
