import { App } from 'aws-cdk-lib';
import { ExampleStack } from './example-stack.ts';

/** The CDK app of this repository, for `npm run synth`, and for `cdk deploy` by cdk.json. */
const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
new ExampleStack(app, 'DynamodtExample');
app.synth();
