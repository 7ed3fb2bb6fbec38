import { type Stack, Token } from 'aws-cdk-lib';
import type { SecretSource } from '../../aws/services/read-secret.ts';

/** Lambda's limit for the environment of a function, less what the construct gives itself. */
const maxBytes = 4096 - 900;
/** Characters of a name that only CloudFormation knows. */
const lengthOfUnknown = 100;
const reserved = /^(AWS_|LAMBDA_|DYNAMODT_|POWERTOOLS_|_|NODE_OPTIONS$)/;

/**
 * The variables of functions that call transformations: those of the team, names of tables to look things up in, and where secrets are.
 *
 * @throws Error: when a name is reserved or given twice, or when the variables are too long, with the figure
 */
export function teamEnvironment(
  stack: Stack,
  given: Readonly<Record<string, string>> = {},
  lookupTables: Record<string, string> = {},
  secrets: Record<string, SecretSource> = {},
): Record<string, string> {
  for (const [property, variables] of Object.entries({ environment: given, secrets })) refuseNames(property, Object.keys(variables));
  const twice = Object.keys(secrets).filter((name) => Object.hasOwn(given, name));
  if (twice.length > 0) throw new Error(`\`environment\` and \`secrets\` both have ${twice.join(', ')}. Leave it out of one of them.`);
  const all = [...Object.entries(given), ...Object.entries(lookupTables), ...Object.entries(secrets).flatMap(entriesOf)];
  const bytes = all.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + lengthOf(value) + 6, 0);
  if (bytes > maxBytes)
    throw new Error(
      `\`environment\`, \`secrets\` and the names of \`lookupTables\` have ${bytes} bytes, and ${maxBytes} are left for them in the environment of a function. Keep long values in Systems Manager, and give their names in \`secrets\`.`,
    );
  return {
    ...given,
    ...(Object.keys(lookupTables).length > 0 ? { DYNAMODT_LOOKUP_TABLES: stack.toJsonString(lookupTables) } : {}),
    ...(Object.keys(secrets).length > 0 ? { DYNAMODT_SECRETS: stack.toJsonString(secrets) } : {}),
  };
}

function refuseNames(property: string, names: readonly string[]): void {
  const taken = names.filter((name) => reserved.test(name) || !/^[A-Za-z]\w+$/.test(name));
  if (taken.length > 0)
    throw new Error(
      `\`${property}\` has ${taken.join(', ')}. A name must begin with a letter, have at least two letters, digits and "_", and must not begin with AWS_, LAMBDA_, DYNAMODT_ or POWERTOOLS_: give another name.`,
    );
}

function entriesOf([name, source]: [string, SecretSource]): [string, string][] {
  return [[name, ''], ...Object.entries(source).map(([kind, value = '']): [string, string] => [kind, value])];
}

function lengthOf(value: string): number {
  return Token.isUnresolved(value) ? lengthOfUnknown : Buffer.byteLength(value);
}
