import { Token } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument, type PolicyStatement, type RoleProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Of all inline policies of a role, or of a permission set. */
export const maxInlineCharacters = 10_240;
/** Characters of all inline policies of a role, less what CDK adds later for logs, traces and lookups. */
const maxInline = 9000;
/** Of one managed policy; IAM's limit is 6,144: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const maxManaged = 6000;
/** Managed policies of a role, unless an account has a higher quota. */
const maxPolicies = 10;

/**
 * The policies of a role: one inline policy if that holds all statements, as with few tables, and managed ones beside it otherwise.
 *
 * @param tables ARNs that may be tokens, with the number of characters they will have
 * @throws Error: when a role cannot hold the statements, with the figure
 */
export function rolePolicies(
  scope: Construct,
  id: string,
  statements: readonly PolicyStatement[],
  tables: ReadonlyMap<string, number>,
): Pick<RoleProps, 'inlinePolicies' | 'managedPolicies'> {
  const sized = statements.map((statement) => ({ statement, size: sizeOf(statement, tables) }));
  const total = sum(sized.map(({ size }) => size));
  if (total <= maxInline) return { inlinePolicies: { permissions: new PolicyDocument({ statements: [...statements] }) } };
  const [inline = [], ...managed] = pack(sized);
  if (managed.length > maxPolicies)
    throw new Error(
      `The role ${id} needs ${managed.length} managed policies for ${total} characters of permissions on ${tables.size} tables, and a role can have ${maxPolicies}. Give the tables to two constructs with different names, or give them shorter names.`,
    );
  return {
    inlinePolicies: { permissions: new PolicyDocument({ statements: inline }) },
    managedPolicies: managed.map((of, index) => new ManagedPolicy(scope, `${id}Policy${index}`, { statements: of })),
  };
}

/** The inline policy, then managed ones. First fit, smallest first: what does not grow with the tables stays inline. */
function pack(sized: readonly { statement: PolicyStatement; size: number }[]): PolicyStatement[][] {
  const policies: { statements: PolicyStatement[]; left: number }[] = [{ statements: [], left: maxInline }];
  for (const { statement, size } of sized.toSorted((a, b) => a.size - b.size)) {
    let fitting = policies.find(({ left }) => size <= left);
    if (!fitting) {
      fitting = { statements: [], left: maxManaged };
      policies.push(fitting);
    }
    fitting.statements.push(statement);
    fitting.left -= size;
  }
  return policies.map(({ statements }) => statements);
}

/** Characters of a statement when its tokens are resolved. */
export function sizeOf(statement: PolicyStatement, tables: ReadonlyMap<string, number>): number {
  let text = JSON.stringify(statement.toStatementJson());
  for (const [arn, length] of tables) if (Token.isUnresolved(arn)) text = text.replaceAll(arn, 'x'.repeat(length));
  return (
    text.replace(/"\$\{Token\[[^\]]*\]\}"/g, 'x'.repeat(lengthOfArn)).replace(/\$\{Token\[[^\]]*\]\}/g, 'x'.repeat(lengthOfPart)).length + 1
  );
}

/** Of a token that stands for a whole ARN, such as that of a key, and of one that is a part of a text, such as a region. */
const [lengthOfArn, lengthOfPart] = [100, 20];

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
