/** For serverless.yml: `plugins: [dynamodt/serverless]`. The second name is what `require` returns, for frameworks that load plugins by it. */
export { DynamodtPlugin as 'module.exports', DynamodtPlugin as default } from './serverless/plugin.ts';
