import { join } from 'node:path';
import { folderFingerprint } from './folder-fingerprint.ts';

/** One bundle of the team's transformations. */
export interface Deployment {
  folder: string;
}

export interface DeployOptions<Manifest> {
  /** The team's folder. */
  source: string;
  /** Where bundles are put, one folder each. */
  target: string;
  bundle(source: string, target: string): Promise<Manifest>;
  publish(manifest: Manifest): Promise<void>;
  log(line: string): void;
}

/**
 * Gives the deployment of the files as they are now, as a deploy in AWS would: at each call that finds a file changed, a new bundle is made and
 * published; calls at the same time share it. What runs goes on with the bundle it started with.
 */
export function deployer<Manifest>({ source, target, bundle, publish, log }: DeployOptions<Manifest>): () => Promise<Deployment> {
  let current: { fingerprint: string; deployment: Promise<Deployment> } | undefined;
  let count = 0;

  const deploy = async (): Promise<Deployment> => {
    count += 1;
    const folder = join(target, `transformations-${count}`);
    await publish(await bundle(source, folder));
    if (count > 1) log('transformations changed: deployed');
    return { folder };
  };

  return async () => {
    const fingerprint = await folderFingerprint(source);
    if (current?.fingerprint !== fingerprint) {
      const started = { fingerprint, deployment: deploy() };
      current = started;
      // A deploy that failed is tried again at the next call.
      started.deployment.catch(() => {
        if (current === started) current = undefined;
      });
    }
    return current.deployment;
  };
}
