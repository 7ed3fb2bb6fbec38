import { App } from 'aws-cdk-lib';
import { ExampleStack } from './example-stack.ts';

/** `npm run synth`, or `cdk deploy` through cdk.json, which says where to. */
const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
new ExampleStack(app, 'DynamodtExample');
app.synth();
