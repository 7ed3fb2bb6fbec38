import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../infra/package-root.ts';

/** An imitation of the AWS CLI: each answer is a file, named by what is asked. */
const cli = `#!/bin/sh
cat "$ANSWERS/$2 $4 $6" 2>/dev/null || echo '{"executions": []}'
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'versions-test-'));
  await writeFile(join(folder, 'aws'), cli);
  await chmod(join(folder, 'aws'), 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** In Lambda's form. */
function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().replace('Z', '+0000');
}

async function answer(asked: string, value: object): Promise<void> {
  await writeFile(join(folder, asked), JSON.stringify(value));
}

function definition(...versions: string[]): { definition: string } {
  return { definition: JSON.stringify(versions.map((version) => `arn:aws:lambda:eu-central-1:1:function:${version}`)) };
}

it('names for deletion exactly the versions that no run can need', async () => {
  const [table, all] = ['arn-transform-table', 'arn-transform-all'];
  const machines = [
    { name: 'dynamodt-transform-table', stateMachineArn: table },
    { name: 'dynamodt-transform-all', stateMachineArn: all },
    { name: 'other-transform-table', stateMachineArn: 'arn-other' },
  ];
  await answer('list-state-machines json ', { stateMachines: machines });
  await answer(`describe-state-machine ${table} json`, definition('dynamodt-start-run:12', 'dynamodt-settle-pass:2'));
  await answer(`describe-state-machine ${all} json`, definition('dynamodt-find-pending:1'));
  await answer(`list-executions ${table} RUNNING`, { executions: [{ executionArn: 'paused' }] });
  await answer('describe-state-machine-for-execution paused json', definition('dynamodt-start-run:2'));
  await answer(`list-executions ${table} FAILED`, {
    executions: [
      { executionArn: 'failed-lately', stopDate: daysAgo(13) },
      // As version 1 of the CLI writes it.
      { executionArn: 'failed-long-ago', stopDate: Date.now() / 1000 - 30 * 86_400 },
    ],
  });
  await answer('describe-state-machine-for-execution failed-lately json', definition('dynamodt-start-run:3', 'dynamodt-settle-pass:1'));
  await answer('describe-state-machine-for-execution failed-long-ago json', definition('dynamodt-start-run:4'));
  const published = { 1: 90, 2: 80, 3: 60, 4: 40, 10: 20, 11: 3, 12: 0.5 };
  await answer('list-versions-by-function dynamodt-start-run json', {
    Versions: [
      { Version: '$LATEST', LastModified: daysAgo(0) },
      ...Object.entries(published).map(([Version, days]) => ({ Version, LastModified: daysAgo(days) })),
    ],
  });
  for (const name of ['dynamodt-settle-pass', 'dynamodt-find-pending'])
    await answer(`list-versions-by-function ${name} json`, {
      Versions: [1, 2].map((n) => ({ Version: String(n), LastModified: daysAgo(50) })),
    });

  const { stdout } = await promisify(execFile)(process.execPath, [join(packageRoot, 'examples/unused-versions.mjs'), 'dynamodt'], {
    env: { PATH: `${folder}:${process.env['PATH']}`, ANSWERS: folder },
  });

  // v2 is of a paused run, v3 of one that can be redriven, v11 was replaced half a day ago, v12 is deployed.
  expect(stdout.trim().split('\n')).toEqual(
    ['1', '4', '10'].map((version) => `aws lambda delete-function --function-name dynamodt-start-run --qualifier ${version}`),
  );
});
