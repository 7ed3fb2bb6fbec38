/** For code that reads items before all of them have the new shape: `import { upgrade } from 'dynamodt/item'`. */
export type { UpgradeOptions } from './core/item/given-context.ts';
export { missing, upgrade } from './core/item/upgrade.ts';
export type { Answer, Upgraded } from './core/item/upgraded-types.ts';
