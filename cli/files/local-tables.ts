import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import { misnamedFiles } from '../../bundle/misnamed-files.ts';
import { RunError } from '../../core/errors.ts';
import { ownValue } from '../../core/own-value.ts';
import type { FileProblem, LocalFile } from '../../core/plan/local-file.ts';
import type { Finding } from '../../core/plan/table-plan.ts';
import type { CatalogFile } from '../../core/transformation/catalog.ts';
import { invalidFile } from '../../core/transformation/check-exports.ts';
import { loadTransformation } from '../../core/transformation/load-transformation.ts';
import { withOwnError } from './own-error.ts';

/** The folder of one table. */
export interface LocalTable {
  table: string;
  /** The versions, in the order of their sequences. */
  files: LocalFile[];
  /** Files that are named almost like a version (`v03.ts`), and are not used. */
  misnamed: Finding[];
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
  misnamed: Finding[];
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
 * @throws RunError NoTransformations if there is no such folder
 */
export async function withBundledTables<T>(folder: string, use: (tables: BundledTable[]) => Promise<T>): Promise<T> {
  const names = await tableFolders(folder);
  // With a source map, a failure names the line of the team's file, not of the bundle. Node reports the real path of a file.
  process.setSourceMapsEnabled(true);
  const bundles = await realpath(await mkdtemp(join(tmpdir(), 'dynamodt-files-')));
  try {
    const manifest = await bundleTransformations(folder, bundles);
    const tables: BundledTable[] = [];
    for (const table of names) {
      const misnamed = (await misnamedFiles(folder, table)).map((name) => misnamedFile(`${table}/${name}`));
      const entries = ownValue(manifest.tables, table) ?? [];
      if (entries.length > 0 || misnamed.length > 0) {
        const squashed = ownValue(manifest.squashed ?? {}, table) ?? [];
        tables.push({ table, entries, broken: {}, misnamed, squashed, bundles });
      }
    }
    return await use(tables);
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
}

/** Loads the files of a table, one after the other. */
export async function loadTable(
  { table, entries, broken, misnamed, squashed, bundles }: BundledTable,
  loading: Loading = {},
): Promise<LocalTable> {
  const files: LocalFile[] = [];
  for (const entry of entries) {
    const { file, sequence, checksum } = entry;
    const problem = ownValue(broken, file);
    files.push(problem ? { file, sequence, checksum, problem } : await load(entry, bundles, loading));
  }
  return { table, files, misnamed, squashed };
}

async function tableFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries)
    throw new RunError(
      'NoTransformations',
      `There is no folder "${folder}". Run the command where your transformations/ folder is, or name it with --transformations DIR.`,
    );
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function load(entry: CatalogFile, bundles: string, { maxSeconds, beforeLoading }: Loading): Promise<LocalFile> {
  const { file, sequence, checksum, formerChecksums, packages } = entry;
  const known = { file, sequence, checksum, formerChecksums, packages };
  beforeLoading?.(file);
  let thrown: unknown;
  const importModule = async (module: string): Promise<object> => {
    try {
      return await import(pathToFileURL(join(bundles, module)).href);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  try {
    const transformation = await loadTransformation(entry, (module) => inTime(file, importModule(module), maxSeconds));
    return { ...known, transformation };
  } catch (error) {
    if (error instanceof RunError) return { ...known, problem: withOwnError(error, thrown, file) };
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

function misnamedFile(file: string): Finding {
  return {
    name: 'InvalidTransformation',
    message: `The file ${file} is not used: its name is not the name of a version. Name it like v3.ts or v3_split_name.ts (no leading zero, words joined by _ or -), or move it elsewhere.`,
  };
}
