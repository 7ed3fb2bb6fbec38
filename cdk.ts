/** For the team's stack: `import { Dynamodt } from 'dynamodt/cdk'`. */
export type { FollowSettings } from './config/contract.ts';
export { propsFromConfig } from './infra/configured-props.ts';
export { Dynamodt } from './infra/dynamodt.ts';
export type { DynamodtProps, TableToTransform } from './infra/dynamodt-props.ts';
