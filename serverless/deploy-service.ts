import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseCredentials, type IBaseCredentialsProvider, StackSelectionStrategy, Toolkit } from '@aws-cdk/toolkit-lib';
import type { Provider } from './framework.ts';
import { type StageService, serviceStack } from './service-stack.ts';

/** Synthesises the stack of a stage and deploys it with the framework's credentials, by the CDK toolkit library. */
export async function deployService(service: StageService, provider: Provider): Promise<void> {
  const outdir = await mkdtemp(join(tmpdir(), 'dynamodt-serverless-'));
  try {
    const toolkit = new Toolkit({ sdkConfig: { baseCredentials: baseCredentials(provider) } });
    const source = await toolkit.fromAssemblyBuilder(async () => serviceStack(service, outdir).synth(), { outdir });
    await toolkit.deploy(source, { stacks: { strategy: StackSelectionStrategy.ALL_STACKS } });
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

function baseCredentials(provider: Provider): IBaseCredentialsProvider {
  const region = provider.getRegion();
  const resolve = provider.getAwsSdkV3CredentialsProvider?.();
  if (resolve) return BaseCredentials.custom({ provider: resolve, region });
  const profile = provider.getProfile?.();
  return BaseCredentials.awsCliCompatible({ defaultRegion: region, ...(profile ? { profile } : {}) });
}
