/**
 * `node unused-versions.mjs dynamodt`: prints the commands that delete the versions of functions which no run needs any more. Read them, then run them.
 * It needs the AWS CLI, and only reads.
 *
 * An execution calls the versions that its definition names, until it can no longer go on or be redriven. So a version is needed
 *
 * 1. if a state machine names it as it is deployed now,
 * 2. if the definition of an execution names it that is running, or that did not succeed and can be redriven, for 14 days after its end,
 * 3. until a day after the next version was published. By then no execution can begin with it, also not after a rollback, and lists of
 *    executions, which may be a little behind, have all that began with it.
 */
import { execFileSync } from 'node:child_process';

const [, , name = 'dynamodt'] = process.argv;
const day = 24 * 60 * 60 * 1000;
const machines = aws('stepfunctions', 'list-state-machines').stateMachines.filter((machine) =>
  [`${name}-transform-table`, `${name}-transform-all`].includes(machine.name),
);
if (machines.length !== 2) throw new Error(`There is no service ${name} in this account and region.`);

const definitions = machines.flatMap(({ stateMachineArn: arn }) => [
  aws('stepfunctions', 'describe-state-machine', '--state-machine-arn', arn).definition,
  ...executionsOf(arn).map(
    ({ executionArn }) => aws('stepfunctions', 'describe-state-machine-for-execution', '--execution-arn', executionArn).definition,
  ),
]);
const needed = new Set(definitions.flatMap((definition) => definition.match(/function:[\w-]+:\d+/g) ?? []));

for (const functionName of new Set([...needed].map((version) => version.split(':')[1]))) {
  const versions = aws('lambda', 'list-versions-by-function', '--function-name', functionName)
    .Versions.filter(({ Version }) => Version !== '$LATEST')
    .sort((one, other) => Number(one.Version) - Number(other.Version));
  for (const [index, { Version }] of versions.entries()) {
    const next = versions[index + 1];
    const isReplaced = next !== undefined && Date.parse(next.LastModified) < Date.now() - day;
    if (isReplaced && !needed.has(`function:${functionName}:${Version}`))
      console.log(`aws lambda delete-function --function-name ${functionName} --qualifier ${Version}`);
  }
}

function executionsOf(arn) {
  return ['RUNNING', 'FAILED', 'TIMED_OUT', 'ABORTED'].flatMap((status) =>
    aws('stepfunctions', 'list-executions', '--state-machine-arn', arn, '--status-filter', status).executions.filter(
      ({ stopDate }) => stopDate === undefined || new Date(stopDate).getTime() > Date.now() - 15 * day,
    ),
  );
}

/** The CLI reads all pages of a list. Version 1 of it writes times as seconds, unless told otherwise. */
function aws(...args) {
  const text = execFileSync('aws', [...args, '--output', 'json'], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  return JSON.parse(text, (key, value) => (key === 'stopDate' && typeof value === 'number' ? value * 1000 : value));
}
