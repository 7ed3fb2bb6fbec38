import { ArnPrincipal, CompositePrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { TeamTable } from '../team-tables.ts';
import { arnLengths, lookupStatements } from './permissions.ts';
import { rolePolicies } from './role-policies.ts';

/** The role of `documentClient`, which only the functions that call transformations may assume: docs/decisions/020-reader-role.md. */
export function createReaderRole(scope: Construct, functions: readonly LambdaFunction[], tables: readonly TeamTable[]): Role {
  const roles = functions.flatMap(({ role }) => role ?? []);
  const reader = new Role(scope, 'Reader', {
    description: 'Read-only role for the lookups of transformations',
    assumedBy: new CompositePrincipal(...roles.map(({ roleArn }) => new ArnPrincipal(roleArn))),
    ...rolePolicies(scope, 'Reader', lookupStatements(tables), arnLengths(tables)),
  });
  for (const role of roles) reader.grantAssumeRole(role);
  for (const each of functions) each.addEnvironment('DYNAMODT_READER_ROLE', reader.roleArn);
  return reader;
}
