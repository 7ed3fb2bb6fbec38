import { realpath, rm } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Manifest } from '../../core/transformation/catalog.ts';
import { filesFingerprint, folderFingerprint, lastWritten } from './folder-fingerprint.ts';

/** One bundle of the team's transformations. Its folder exists while the bundle is the newest one, or in use. */
export interface Deployment {
  folder: string;
  /** Keeps the folder until the returned function is called. */
  use(): () => void;
}

export interface DeployOptions {
  /** The team's folder. */
  source: string;
  /** Folder in which each bundle gets a folder. */
  target: string;
  bundle(source: string, target: string): Promise<Manifest>;
  /** @param folder of the bundle */
  publish(manifest: Manifest, folder: string): Promise<void>;
  log(line: string): void;
}

/**
 * Gives the deployment of the files as they are now, as a deploy in AWS would.
 *
 * 1. If no file changed since the last call, of the folder or imported by it, return the same deployment. Concurrent calls share one deployment.
 * 2. Otherwise make a new bundle and publish it. Functions that run continue with their bundle; its folder is removed when they end.
 * 3. If the new bundle cannot be deployed, or a file that compiled before does not compile, keep the previous deployment. This is
 *    logged once for each reason. The next call tries again.
 *
 * @throws Error: when the first deployment fails.
 */
export function deployer(options: DeployOptions): () => Promise<Deployment> {
  const { source, log } = options;
  let current: Current | undefined;
  let good: Deployed | undefined;
  let count = 0;
  let lastReason: string | undefined;

  const deploy = async (): Promise<Deployment> => {
    count += 1;
    const next = await deployed(options, count, good);
    good?.retire();
    if (good) log('transformations changed: deployed');
    good = next;
    lastReason = undefined;
    return next.deployment;
  };
  const keepGood = (error: unknown): Deployment => {
    if (!good) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== lastReason) log(`transformations changed, but are not deployed: ${reason} The previous deployment stays in use.`);
    lastReason = reason;
    return good.deployment;
  };

  return async () => {
    const seen = current;
    const fingerprint = await folderFingerprint(source);
    const isAsBefore = seen?.fingerprint === fingerprint && (seen.imports === undefined || (await areAsBundled(seen.imports)));
    // Meanwhile, a concurrent call may have begun a deploy of the same files.
    if (current && (isAsBefore || (current !== seen && current.fingerprint === fingerprint))) return current.deployment;
    // Deploys run one after the other, so that the newest one is published last.
    const before = current?.deployment.catch(() => {});
    const started: Current = { fingerprint, deployment: (before ?? Promise.resolve()).then(deploy) };
    current = started;
    started.deployment = started.deployment.then(
      (deployment) => {
        started.imports = good?.imports;
        return deployment;
      },
      (error) => {
        if (current === started) current = undefined;
        return keepGood(error);
      },
    );
    return started.deployment;
  };
}

/** The deployment of the files as they were last. */
interface Current {
  /** Of the team's folder. */
  fingerprint: string;
  deployment: Promise<Deployment>;
  /** Undefined until the deployment is done. */
  imports?: Imports | undefined;
}

/** Files outside the team's folder that a bundle contains, as they were when it was made. */
interface Imports {
  files: string[];
  /** Undefined if one of them was written while the bundle was made: the bundle may hold either state of it. */
  fingerprint: string | undefined;
}

async function importsOf({ tables }: Manifest, source: string, startedAt: number): Promise<Imports> {
  const root = await realpath(source);
  const imports = Object.values(tables).flatMap((files) => files.flatMap(({ imports: of = [] }) => of.map((file) => resolve(root, file))));
  const files = [...new Set(imports)].filter((file) => !file.startsWith(root + sep)).sort();
  const fingerprint = await filesFingerprint(files);
  return { files, fingerprint: (await lastWritten(files)) < startedAt ? fingerprint : undefined };
}

async function areAsBundled({ files, fingerprint }: Imports): Promise<boolean> {
  return (await filesFingerprint(files)) === fingerprint;
}

interface Deployed {
  deployment: Deployment;
  manifest: Manifest;
  imports: Imports;
  /** Removes the folder as soon as it is no longer in use. */
  retire(): void;
}

async function deployed({ source, target, bundle, publish }: DeployOptions, count: number, before?: Deployed): Promise<Deployed> {
  const folder = join(target, `transformations-${count}`);
  const remove = () => rm(folder, { recursive: true, force: true });
  const startedAt = Date.now();
  try {
    const manifest = await bundle(source, folder);
    const imports = await importsOf(manifest, source, startedAt);
    if (before) checkStillCompiles(manifest, before.manifest);
    await publish(manifest, folder);
    return { ...folderInUse(folder, remove), manifest, imports };
  } catch (error) {
    await remove();
    throw error;
  }
}

function folderInUse(folder: string, remove: () => Promise<void>): Pick<Deployed, 'deployment' | 'retire'> {
  let uses = 1;
  const release = (): void => {
    uses -= 1;
    // A folder that cannot be removed now is removed with the temporary folder of local AWS.
    if (uses === 0) remove().catch(() => {});
  };
  const use = (): (() => void) => {
    uses += 1;
    return release;
  };
  return { deployment: { folder, use }, retire: release };
}

/** A file that never compiled is deployed with its problem, as in AWS; one that compiled may be in use by a run. */
function checkStillCompiles({ tables }: Manifest, before: Manifest): void {
  const compiled = new Set(
    Object.values(before.tables).flatMap((files) => files.flatMap(({ file, problem }) => (problem === undefined ? [file] : []))),
  );
  const broken = Object.values(tables).flatMap((files) => files.filter(({ file, problem }) => problem !== undefined && compiled.has(file)));
  if (broken.length > 0) throw new Error(broken.map(({ file, problem }) => `${file} ${problem}.`).join(' '));
}
