import { RunError } from '../errors.ts';

/** That the deployed service does not follow a table. */
export function notFollowed(table: string): RunError {
  return new RunError(
    'InvalidInput',
    `The deployed service does not follow ${table}. Give it \`follow: true\` in the stack or in dynamodt.config.ts, and deploy: node_modules/dynamodt/docs/follow.md`,
    { fields: { table } },
  );
}
