import { defineConfig } from 'vitest/config';

const shared = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          ...shared,
          name: 'engine',
          include: ['test/{engine,demo,local-aws,cli}/**/*.test.ts'],
          globalSetup: ['test/start-dynamodb.ts'],
          maxWorkers: 2,
        },
      },
    ],
  },
});
