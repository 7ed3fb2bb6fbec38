import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The package's own entries as they are, not as they were built last. */
const alias = {
  'dynamodt/testing': here('testing.ts'),
  'dynamodt/item': here('item.ts'),
  'dynamodt/cdk': here('cdk.ts'),
  'dynamodt/serverless': here('serverless.ts'),
  dynamodt: here('index.ts'),
};
const isolated = 'test/{unit,model}/**/*.isolated.test.ts';
const shared = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 120_000, setupFiles: ['test/support/property-seed.ts'] };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          ...shared,
          name: 'unit',
          include: ['test/{unit,model}/**/*.test.ts'],
          exclude: [isolated],
          // Files share a process and its modules, since loading CDK takes seconds: a test restores what it changes, such as the environment.
          isolate: false,
          // On two processors Vitest would start one worker. One test waits a quarter of a minute for retries.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        resolve: { alias },
        test: {
          ...shared,
          name: 'unit-isolated',
          // They replace modules, which files that share their process would get, too.
          include: [isolated],
        },
      },
      {
        resolve: { alias },
        test: {
          ...shared,
          name: 'engine',
          include: ['test/{engine,demo,local-aws,cli,package}/**/*.test.ts'],
          globalSetup: ['test/support/start-dynamodb.ts', 'test/support/build-functions.ts', 'test/support/build-command.ts'],
          // As in the unit project. Here a process also keeps what takes long in each new one: the SDK, the validated state machines, compiled code.
          isolate: false,
          // Tests wait as well as work: for a lease to end, for a budget, for a pause.
          maxWorkers: 3,
        },
      },
    ],
  },
});
