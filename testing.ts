/** For the team's own tests: `import { check } from 'dynamodt/testing'`. */
export { type Checked, type CheckOptions, check } from './core/change/check-transformation.ts';
export type { LookupFixture, LookupFixtures } from './core/lookup/fixture-looks.ts';
