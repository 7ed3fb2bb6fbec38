import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import { describeParameters } from '../../bundle/describe-parameters.ts';
import { loadBundled } from '../../bundle/load-bundled.ts';
import { withOwnError } from '../../bundle/own-error.ts';
import { filesNotFollowed } from '../../core/follow/followed-versions.ts';
import type { CatalogFile } from '../../core/transformation/catalog.ts';
import { invalidFile, sameSequence } from '../../core/transformation/check-exports.ts';
import type { Transformation } from '../../core/transformation/contract.ts';

/** What is found in the team's files. */
export interface Findings {
  /** Sentences that say why the files cannot be deployed. */
  problems: string[];
  notes: BundleNote[];
  /** Tables of which a version is about what an index shows. */
  readByIndex: string[];
  lookups: DeclaredLookup[];
  writes: DeclaredWrite[];
  notFollowed: UnfollowedFile[];
}

/** A file whose version would not be followed in a table whose stream is. */
export interface UnfollowedFile {
  file: string;
  /** A clause. */
  reason: string;
}

/** Another table into which a file inserts. */
export interface DeclaredWrite {
  file: string;
  /** Its logical name. */
  table: string;
}

/** A table that a file looks things up in. */
export interface DeclaredLookup {
  file: string;
  /** The name in the file. */
  name: string;
  /** Its logical name. */
  table: string;
}

/** A sentence about what may be missing in a deploy. */
export interface BundleNote {
  file: string;
  message: string;
}

/**
 * `check-bundle <sourceDir> <outDir> <findingsFile>`: bundles the team's files, loads each as a function would, and writes what it finds
 * as JSON. It runs in a separate process, since constructs are synchronous, and to keep the team's code out of the CDK process.
 */
const [, , sourceDir = '', outDir = '', findingsFile = ''] = process.argv;
// With a source map, a failure names the line of the team's file, not of the bundle.
process.setSourceMapsEnabled(true);

const readByIndex = new Set<string>();
const lookups: DeclaredLookup[] = [];
const writes: DeclaredWrite[] = [];
/** By table. */
const loaded = new Map<string, { file: string; transformation: Transformation }[]>();
/** The file that is being loaded: if the process ends now, this file ended it. */
let inHand: string | undefined;
let uncaught: unknown;

process.on('uncaughtException', (error) => {
  if (inHand === undefined) throw error;
  uncaught = error;
  process.exit();
});
process.on('exit', (code) => {
  if (inHand === undefined) return;
  write(failed(endedBy(inHand, code)));
  process.exitCode = 0;
});

/** The code with which Node ends if a module waits for something that cannot come. */
const unsettledTopLevelAwait = 13;

function endedBy(file: string, code: number): string {
  if (uncaught !== undefined)
    return withOwnError(
      invalidFile(file, 'throws where nobody catches it while it is loaded; its top level must only declare'),
      uncaught,
      file,
    ).message;
  const what =
    code === unsettledTopLevelAwait ? 'is never loaded: its top level waits for something' : 'ends its process while it is loaded';
  return invalidFile(file, `${what}. Its top level must only declare`).message;
}

function failed(problem: string): Findings {
  return { problems: [problem], notes: [], readByIndex: [], lookups: [], writes: [], notFollowed: [] };
}

function write(findings: Findings): void {
  writeFileSync(findingsFile, JSON.stringify(findings));
}

async function problemOf(table: string, entry: CatalogFile): Promise<string | undefined> {
  inHand = entry.file;
  // What is found if the file holds this process until it is killed.
  write(failed(invalidFile(entry.file, 'holds its process while it is loaded. Its top level must only declare').message));
  try {
    const transformation = await loadBundled(entry, (module) => import(pathToFileURL(resolve(outDir, module)).href));
    // A promise that was rejected while the file was loaded, and that nobody catches, ends the process now.
    await setImmediate();
    const { declared, only, lookups: named = {} } = transformation;
    if (only?.index !== undefined) readByIndex.add(table);
    for (const [name, given] of Object.entries(named))
      lookups.push({ file: entry.file, name, table: typeof given === 'string' ? given : given.table });
    for (const name of declared.writes ?? []) writes.push({ file: entry.file, table: name });
    loaded.set(table, [...(loaded.get(table) ?? []), { file: entry.file, transformation }]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    inHand = undefined;
    rmSync(findingsFile);
  }
}

const { tables, unused } = await bundleTransformations(sourceDir, outDir);
const problems: (string | undefined)[] = unused.filter(({ isProblem }) => isProblem).map(({ message }) => message);
for (const [table, files] of Object.entries(tables)) {
  for (const [index, entry] of files.entries()) {
    const twin = files.slice(0, index).find(({ sequence }) => sequence === entry.sequence);
    problems.push(twin ? invalidFile(entry.file, sameSequence(twin.file)).message : await problemOf(table, entry));
  }
}
const notFollowed = [...loaded.values()].flatMap((files) =>
  filesNotFollowed(files.map(({ transformation }) => transformation)).flatMap(({ sequence, reason }): UnfollowedFile[] =>
    files.filter(({ transformation }) => transformation.sequence === sequence).map(({ file }) => ({ file, reason })),
  ),
);
await describeParameters(outDir);
const notes = [
  ...unused.filter(({ isProblem }) => !isProblem).map(({ file, message }) => ({ file, message })),
  ...Object.values(tables).flatMap((files) =>
    files.flatMap(({ file, notes: found = [] }) => found.map((note) => ({ file, message: `${file} ${note}.` }))),
  ),
];
write({
  problems: problems.filter((problem) => problem !== undefined),
  notes,
  readByIndex: [...readByIndex],
  lookups,
  writes,
  notFollowed,
});
// Ends the process although a file may have left handles open.
process.exit();
