import { type Stack, Token } from 'aws-cdk-lib';

/** Lambda's limit for the environment of a function, less what the construct gives itself. */
const maxBytes = 4096 - 900;
/** Characters of a name that only CloudFormation knows. */
const lengthOfUnknown = 100;
const reserved = /^(AWS_|LAMBDA_|DYNAMODT_|POWERTOOLS_|_|NODE_OPTIONS$)/;

/**
 * The variables of functions that call transformations: those of the team, and names of tables to look things up in.
 *
 * @throws Error: when a name is reserved, or when the variables are too long, with the figure
 */
export function teamEnvironment(
  stack: Stack,
  given: Readonly<Record<string, string>> = {},
  lookupTables: Record<string, string> = {},
): Record<string, string> {
  const taken = Object.keys(given).filter((name) => reserved.test(name) || !/^[A-Za-z]\w+$/.test(name));
  if (taken.length > 0)
    throw new Error(
      `\`environment\` has ${taken.join(', ')}. A name must consist of letters, digits and "_", and must not begin with AWS_, LAMBDA_, DYNAMODT_ or POWERTOOLS_: give another name.`,
    );
  const all = [...Object.entries(given), ...Object.entries(lookupTables)];
  const bytes = all.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + lengthOf(value) + 6, 0);
  if (bytes > maxBytes)
    throw new Error(
      `\`environment\` and the names of \`lookupTables\` have ${bytes} bytes, and ${maxBytes} are left for them in the environment of a function. Keep long values in Systems Manager, and give their names.`,
    );
  return { ...given, ...(Object.keys(lookupTables).length > 0 ? { DYNAMODT_LOOKUP_TABLES: stack.toJsonString(lookupTables) } : {}) };
}

function lengthOf(value: string): number {
  return Token.isUnresolved(value) ? lengthOfUnknown : Buffer.byteLength(value);
}
