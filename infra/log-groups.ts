import { Annotations, Arn, ArnFormat, Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DeployedNames } from './names.ts';

/** Settings of all log groups of the service. */
export interface LogSettings {
  retention: RetentionDays;
  /** Undefined for CloudWatch's own encryption. */
  key: IKey | undefined;
}

export function createLogGroup(scope: Construct, id: string, logGroupName: string, { retention, key }: LogSettings): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName,
    retention,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key ? { encryptionKey: key } : {}),
  });
}

/**
 * Permits CloudWatch Logs to use a key, for the log groups of this service only:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function permitLogs(scope: Construct, key: IKey, { prefix }: DeployedNames): void {
  const groups = [`/aws/lambda/${prefix}-*`, `/aws/vendedlogs/states/${prefix}-*`].map((resourceName) =>
    Arn.format({ service: 'logs', resource: 'log-group', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, Stack.of(scope)),
  );
  const { statementAdded } = key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogGroupsOfDynamodt',
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.${Aws.URL_SUFFIX}`)],
      actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
    }),
    true,
  );
  if (!statementAdded)
    Annotations.of(scope).addWarningV2(
      'dynamodt:key-of-logs',
      'CDK may not change the policy of the key that encrypts the logs, since it is imported. The policy must permit CloudWatch Logs to use it, or the deploy fails: node_modules/dynamodt/docs/security.md has the statement.',
    );
}
