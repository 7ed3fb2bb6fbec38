import { Arn, ArnFormat, Aws, type Stack } from 'aws-cdk-lib';

/** Fixed names by which the command finds the service, and ARNs made of these names, so that policies need no reference to a resource. */
export interface DeployedNames {
  prefix: string;
  ledger: string;
  ledgerArn: string;
  bucket: string;
  keyAlias: string;
  readerRole: string;
  /** The composite alarm of `pauseOn`. */
  pauseAlarm: string;
  function(name: string): string;
  functionArn(name: string): string;
  stateMachine(name: string): string;
  stateMachineArn(name: string): string;
  /** ARN pattern of the executions of a state machine, or of the children of its Map with this label. */
  executionsArn(name: string, label?: string): string;
  /** ARN pattern of the runs of the Map with this label. */
  mapRunsArn(name: string, label: string): string;
  /** ARN pattern of event source mappings, also those of other functions. */
  mappingsArn: string;
  /** ARN pattern of the log streams of a function. */
  logsArn(name: string): string;
}

const namePattern = /^[a-z][a-z0-9-]{0,19}$/;

/** @throws Error: when the prefix is not valid for the names of all resources */
export function deployedNames(prefix: string, stack: Stack): DeployedNames {
  if (!namePattern.test(prefix))
    throw new Error(`The name "${prefix}" must be 1 to 20 lower-case letters, digits and hyphens, and begin with a letter.`);
  const states = (resource: string, resourceName: string): string =>
    Arn.format({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, stack);
  return {
    prefix,
    ledger: `${prefix}-ledger`,
    ledgerArn: Arn.format({ service: 'dynamodb', resource: 'table', resourceName: `${prefix}-ledger` }, stack),
    // Bucket names must be unique over all accounts.
    bucket: `${prefix}-preparations-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
    keyAlias: `alias/${prefix}`,
    readerRole: `${prefix}-reader`,
    pauseAlarm: `${prefix}-pause-runs`,
    function: (name) => `${prefix}-${name}`,
    functionArn: (name) =>
      Arn.format(
        { service: 'lambda', resource: 'function', resourceName: `${prefix}-${name}`, arnFormat: ArnFormat.COLON_RESOURCE_NAME },
        stack,
      ),
    stateMachine: (name) => `${prefix}-${name}`,
    stateMachineArn: (name) => states('stateMachine', `${prefix}-${name}`),
    mappingsArn: Arn.format(
      { service: 'lambda', resource: 'event-source-mapping', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME },
      stack,
    ),
    mapRunsArn: (name, label) => states('mapRun', `${prefix}-${name}/${label}:*`),
    logsArn: (name) =>
      Arn.format(
        {
          service: 'logs',
          resource: 'log-group',
          resourceName: `/aws/lambda/${prefix}-${name}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        },
        stack,
      ),
    executionsArn: (name, label) => states('execution', `${prefix}-${name}${label ? `/${label}` : ''}:*`),
  };
}
