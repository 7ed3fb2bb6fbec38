import type { Provider } from './framework.ts';
import type { StageService } from './service-stack.ts';

/** Synthesises and deploys the stack of a stage. */
export type Deployer = (service: StageService, provider: Provider) => Promise<void>;

const peers = ['aws-cdk-lib', 'constructs', '@aws-cdk/toolkit-lib'];

/** Loads what deploys only when it is needed, since not every team has it. @throws Error that names the command which installs it */
export async function loadDeployer(): Promise<Deployer> {
  try {
    return (await import('./deploy-service.ts')).deployService;
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !peers.some((peer) => cause.message.includes(`'${peer}`))) throw cause;
    throw new Error(
      `Deploying takes the AWS CDK, which is not installed: \`npm i -D ${peers.join(' ')}\`. Or deploy the service yourself, and say so in serverless.yml: custom.dynamodt.deploy: false.`,
      { cause },
    );
  }
}
