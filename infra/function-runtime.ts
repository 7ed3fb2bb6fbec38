import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';

/** Lambda's Node.js 24. aws-cdk-lib names it `Runtime.NODEJS_24_X`, but only since 2.224.0. */
export const functionRuntime = new Runtime('nodejs24.x', RuntimeFamily.NODEJS, { supportsInlineCode: true });

/**
 * Gives the same runtime to the function with which CDK calls triggers. Old versions of aws-cdk-lib give it Node.js 18 or 20, with which AWS
 * creates no function any more.
 */
export function setTriggerRuntime(stack: Stack): void {
  const handler = stack.node.tryFindChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider')?.node.tryFindChild('Handler');
  if (handler instanceof CfnResource) handler.addPropertyOverride('Runtime', functionRuntime.name);
}
