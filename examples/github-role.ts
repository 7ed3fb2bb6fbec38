import { Duration, Stack } from 'aws-cdk-lib';
import { type IOpenIdConnectProvider, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Dynamodt } from 'dynamodt/cdk';

/**
 * The role of the workflows in github-actions/: it deploys by the roles of the CDK bootstrap, and runs the command.
 *
 * @param environment GitHub environment of the repository, whose protection rules decide who may deploy
 */
export function gitHubRole(
  scope: Construct,
  provider: IOpenIdConnectProvider,
  { dynamodt, repository, environment }: { dynamodt: Dynamodt; repository: string; environment: string },
): Role {
  const issuer = 'token.actions.githubusercontent.com';
  const role = new Role(scope, 'GitHubRole', {
    roleName: 'github-transform',
    // The length of the session limits how long a run can be followed.
    maxSessionDuration: Duration.hours(6),
    assumedBy: new WebIdentityPrincipal(provider.openIdConnectProviderArn, {
      StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: `repo:${repository}:environment:${environment}` },
    }),
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['sts:AssumeRole'],
      resources: [Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: 'cdk-hnb659fds-*' })],
    }),
  );
  dynamodt.grantOperate(role);
  return role;
}
