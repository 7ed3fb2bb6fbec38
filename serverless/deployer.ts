import type { Provider } from './framework.ts';
import type { StageService } from './service-stack.ts';

/** Synthesises and deploys the stack of a stage. */
export type Deployer = (service: StageService, provider: Provider) => Promise<void>;

const peers = ['aws-cdk-lib', 'constructs', '@aws-cdk/toolkit-lib'];

/** Of a package that an ES module, or a CommonJS module, does not find. */
const missing: unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/**
 * Loads the AWS CDK only when it is needed, since not every team has installed it.
 *
 * @throws Error: when the CDK is not installed; the message names the command that installs it
 */
export async function loadDeployer(): Promise<Deployer> {
  return (await withCdk(() => import('./deploy-service.ts'))).deployService;
}

/** Imports what needs the CDK. @throws Error: as {@link loadDeployer} */
export async function withCdk<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && missing.includes(cause.code);
    if (!isMissing || !peers.some((peer) => cause.message.includes(`'${peer}`))) throw cause;
    throw new Error(
      `Deploying needs the AWS CDK, which is not installed: \`npm i -D ${peers.join(' ')}\`. Or deploy the service yourself and set custom.dynamodt.deploy to false in serverless.yml.`,
      { cause },
    );
  }
}
