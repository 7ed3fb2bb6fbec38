import { Arn, ArnFormat, type IResource, Token, TokenComparison } from 'aws-cdk-lib';

/** Account and region; each may be a token, which only CloudFormation resolves. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** The environment of a resource. Imported resources often know only their ARN, and give the stack's environment as theirs. */
export function environmentOf({ env }: IResource, arn: string): Environment {
  if (!arn.startsWith('arn:')) return env;
  const { account = env.account, region = env.region } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  return { account, region };
}

/** `same`, `different`, or `unknown` if only CloudFormation can know it. */
export function compareEnvironments(one: Environment, other: Environment): 'same' | 'different' | 'unknown' {
  const compared = [compare(one.account, other.account), compare(one.region, other.region)];
  if (compared.includes('different')) return 'different';
  return compared.includes('unknown') ? 'unknown' : 'same';
}

export function environmentInWords({ account, region }: Environment): string {
  const known = (value: string, kind: string): string => (Token.isUnresolved(value) ? `the ${kind} of its stack` : value);
  return `account ${known(account, 'account')} and region ${known(region, 'region')}`;
}

function compare(one: string, other: string): 'same' | 'different' | 'unknown' {
  switch (Token.compareStrings(one, other)) {
    case TokenComparison.SAME:
      return 'same';
    case TokenComparison.DIFFERENT:
      return 'different';
    default:
      return 'unknown';
  }
}
