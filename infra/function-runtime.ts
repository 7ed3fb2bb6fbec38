import { CfnResource } from 'aws-cdk-lib';
import { Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import type { Provider } from 'aws-cdk-lib/custom-resources';

/** Lambda's Node.js 24. aws-cdk-lib names it `Runtime.NODEJS_24_X`, but only since 2.224.0. */
export const functionRuntime = new Runtime('nodejs24.x', RuntimeFamily.NODEJS, { supportsInlineCode: true });

/**
 * Gives the same runtime to the function of a provider of custom resources. Old versions of aws-cdk-lib give it Node.js 18 or 20, with which AWS
 * creates no function any more.
 */
export function setProviderRuntime(provider: Provider): void {
  const handler = provider.node.tryFindChild('framework-onEvent')?.node.defaultChild;
  if (handler instanceof CfnResource) handler.addPropertyOverride('Runtime', functionRuntime.name);
}
