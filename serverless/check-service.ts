import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledTransformations } from '../infra/bundled-transformations.ts';
import { withCdk } from './deployer.ts';
import type { StageService } from './service-stack.ts';

/**
 * Checks settings, tables and files as the deploy would, in the same words, without a request.
 *
 * @param isDeployed false if the team deploys the service itself: then its files are checked alone, without the CDK, if they are in this project
 * @throws Error: when they cannot be deployed; the message names each problem
 */
export async function checkService(service: StageService, isDeployed: boolean): Promise<void> {
  if (!isDeployed) {
    if (existsSync(service.transformations)) bundledTransformations(service.transformations, service.tablesElsewhere);
    return;
  }
  const { serviceStack } = await withCdk(() => import('./service-stack.ts'));
  const outdir = await mkdtemp(join(tmpdir(), 'dynamodt-serverless-'));
  try {
    serviceStack(service, outdir).synth();
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
