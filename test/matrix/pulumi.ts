import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../infra/package-root.ts';
import { writeFiles } from './projects.ts';
import { run } from './run.ts';

const program = `import { readdirSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';

const made: { type: string; inputs: Record<string, unknown> }[] = [];
pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    made.push({ type, inputs });
    return { id: name, state: { bucket: name, name, bucketRegionalDomainName: name + '.s3.us-east-1.amazonaws.com', ...inputs } };
  },
  call: ({ inputs }) => inputs,
});
const aws = await import('@pulumi/aws');
const { deployDynamodt } = await import('./deploy.js');
const users = new aws.dynamodb.Table('users', { attributes: [{ name: 'id', type: 'S' }], hashKey: 'id', billingMode: 'PAY_PER_REQUEST' });
const { urn } = deployDynamodt(new aws.s3.Bucket('assets'), users);
await new Promise((resolve) => urn.apply(resolve));
const objects = made.filter(({ type }) => type === 'aws:s3/bucketObject:BucketObject');
console.log(JSON.stringify({
  stack: made.find(({ type }) => type === 'aws:cloudformation/stack:Stack')?.inputs,
  uploadsAll: objects.length === readdirSync('dynamodt.out/assets').length + 1,
}));
`;

/**
 * Type-checks the example for Pulumi against its packages, and runs it with mocks in place of Pulumi's engine and AWS.
 *
 * @param archive the packed package
 * @returns the problem, or undefined
 */
export async function runPulumi(archive: string, work: string): Promise<string | undefined> {
  const folder = join(work, 'pulumi');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFiles(folder, {
    'package.json': JSON.stringify({ name: 'shop', private: true, type: 'module' }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, noEmit: true, types: ['node'] },
      files: ['deploy.ts'],
    }),
    'dynamodt.config.json': JSON.stringify({ tables: { Users: {} } }),
    'program.ts': program,
  });
  await cp(join(packageRoot, 'transformations/Users'), join(folder, 'transformations/Users'), { recursive: true });
  const example = await readFile(join(packageRoot, 'examples/without-cdk/pulumi.ts'), 'utf8');
  await writeFile(join(folder, 'deploy.ts'), example.replace('@ts-nocheck', ''));
  const options = { cwd: folder, env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) } };
  const packages = ['@pulumi/pulumi@3', '@pulumi/aws@7', 'typescript@5.9', 'tsx', '@types/node@24', archive];
  // Their scripts fetch Pulumi's own programs, which mocks do not need.
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], options);
  await run('npx', ['--no-install', 'dynamodt', 'template'], options);
  await run('npx', ['--no-install', 'tsc'], options);
  const printed = await run('npx', ['--no-install', 'tsx', 'program.ts'], options);
  const { stack, uploadsAll } = JSON.parse(printed.slice(printed.indexOf('{"stack"')));
  const isRight =
    uploadsAll === true &&
    /^https:\/\/assets\.s3\.us-east-1\.amazonaws\.com\/dynamodt\/template-[0-9a-f]{16}\.json$/.test(stack.templateUrl) &&
    JSON.stringify(stack.parameters) === JSON.stringify({ AssetsBucket: 'assets', AssetsPrefix: 'dynamodt/', UsersTableName: 'users' });
  return isRight ? undefined : printed;
}
