import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Manifest } from '../core/transformation/catalog.ts';
import type { BundleNote, DeclaredLookup, DeclaredWrite, Findings, UnfollowedFile } from './build/check-bundle.ts';
import { packageRoot } from './package-root.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The team's files after bundling and checking. */
export interface BundledTransformations {
  /** Folder of `manifest.json` and the modules. */
  folder: string;
  manifest: Manifest;
  /** What may be missing in a deploy. */
  notes: BundleNote[];
  /** Tables of which a version is about what an index shows. */
  readByIndex: readonly string[];
  /** Tables that files look things up in. */
  lookups: DeclaredLookup[];
  /** Other tables into which files insert. */
  writes: DeclaredWrite[];
  /** Files whose versions would not be followed. */
  notFollowed: UnfollowedFile[];
}

/** Bundling and loading take some seconds, but a file can hold the process for ever. */
const maxSeconds = 300;

/**
 * Bundles the team's files at synth.
 *
 * @param elsewhere folders to leave out, because their tables are in other stages only
 * @param limit max seconds for bundling and loading all files
 * @throws Error: when files are not valid; the message names each file and its problem
 */
export function bundledTransformations(source: string, elsewhere: readonly string[], limit = maxSeconds): BundledTransformations {
  if (!existsSync(source))
    throw new Error(
      `There is no folder ${resolve(source)}. Create it with a folder per table (\`npx dynamodt init\`), or give its path: \`transformations: '…'\`.`,
    );
  const work = temporaryFolder();
  const [folder, findingsFile] = [join(work, 'transformations'), join(work, 'findings.json')];
  const { NODE_OPTIONS: options, ...rest } = process.env;
  // Options such as a loader are for the app alone; but without those of yarn's Plug'n'Play, no package would be found.
  const env = process.versions['pnp'] === undefined ? rest : { ...rest, NODE_OPTIONS: options };
  try {
    execFileSync(process.execPath, [checkBundle(), source, folder, findingsFile], {
      env,
      stdio: ['ignore', 2, 2],
      timeout: limit * 1000,
      killSignal: 'SIGKILL',
    });
  } catch (cause) {
    const isHeldByFile = cause instanceof Error && 'code' in cause && cause.code === 'ETIMEDOUT' && existsSync(findingsFile);
    if (!isHeldByFile)
      throw new Error(`The files in ${resolve(source)} could not be bundled. The output before this message gives the reason.`, { cause });
  }
  const { problems, notes, readByIndex, lookups, writes, notFollowed }: Findings = JSON.parse(readFileSync(findingsFile, 'utf8'));
  if (problems.length > 0) throw new Error(`Transformations in ${source} cannot be deployed:\n- ${problems.join('\n- ')}`);
  const isHere = ({ file }: { file: string }): boolean => !elsewhere.includes(file.split('/')[0] ?? '');
  return {
    folder,
    manifest: leaveOut(elsewhere, folder),
    readByIndex,
    notes: notes.filter(isHere),
    lookups: lookups.filter(isHere),
    writes: writes.filter(isHere),
    notFollowed: notFollowed.filter(isHere),
  };
}

function leaveOut(elsewhere: readonly string[], folder: string): Manifest {
  const file = join(folder, 'manifest.json');
  const { tables, squashed, ...rest }: Manifest = JSON.parse(readFileSync(file, 'utf8'));
  const here = <T>(byTable: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(byTable).filter(([table]) => !elsewhere.includes(table)));
  const manifest: Manifest = { ...rest, tables: here(tables), ...(squashed ? { squashed: here(squashed) } : {}) };
  for (const table of elsewhere) rmSync(join(folder, table), { recursive: true, force: true });
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  return manifest;
}

/** The script: the source in this repository, the build in an installed package. */
function checkBundle(): string {
  const source = join(packageRoot, 'infra/build/check-bundle.ts');
  return existsSync(source) ? source : join(packageRoot, 'dist/infra/check-bundle.js');
}
