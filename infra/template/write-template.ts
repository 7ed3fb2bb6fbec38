import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type { ServiceSettings } from '../../config/contract.ts';
import { propsFromConfig } from '../configured-props.ts';
import { Dynamodt } from '../dynamodt.ts';
import { assetFile, assetFileName, assetFilePattern } from './asset-file.ts';
import { localCode, type Template } from './local-code.ts';
import { TemplateSynthesizer } from './template-synthesizer.ts';

/** A folder that was written. */
export interface WrittenTemplate {
  /** Names of the files in `assets/`. */
  assets: string[];
  /** Names of the parameters that have no default. */
  parameters: string[];
  resources: number;
  /** Of template.json. */
  bytes: number;
  /** What the construct warned of. */
  warnings: string[];
}

/**
 * Writes the service as plain CloudFormation, without bootstrap:
 *
 * - `template.json`, whose parameters say where the assets are,
 * - `template.local.json`, the same with paths, for `aws cloudformation package` and SAM,
 * - `assets/`, the code of the functions as zips, and the definitions of the state machines.
 *
 * The construct has the id `Dynamodt`, so resources have the same logical ids as in a CDK stack with that id: a team can go from one to the other.
 * The same configuration and files give the same bytes.
 *
 * @param out the folder; assets that an earlier call wrote there are removed
 * @param settings with an absolute path of transformations
 * @throws Error: when the settings or the team's files cannot be deployed; the message says what to do
 */
export function writeTemplate(out: string, settings: ServiceSettings): WrittenTemplate {
  const work = mkdtempSync(join(tmpdir(), 'dynamodt-template-'));
  const validation = process.env['CDK_VALIDATION'];
  try {
    // The CDK's own validation takes seconds. What it finds depends on our construct only, so the tests of this package run it.
    process.env['CDK_VALIDATION'] = 'false';
    const synthesizer = new TemplateSynthesizer((staged) => assetFileName(join(work, staged)));
    const app = new App({ outdir: work, analyticsReporting: false, stackTraces: false, treeMetadata: false, context: noMetadata });
    const stack = new Stack(app, 'Service', { synthesizer, description: 'Transforms the items of live DynamoDB tables: dynamodt' });
    new Dynamodt(stack, 'Dynamodt', propsFromConfig(stack, settings));
    const { messages } = app.synth().getStackByName(stack.stackName);
    const template: Template = JSON.parse(readFileSync(join(work, stack.templateFile), 'utf8'));
    // Notes of the CDK for its own command.
    for (const resource of Object.values(template.Resources)) delete resource.Metadata;
    const { assets } = synthesizer;
    const folder = join(out, 'assets');
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder)) if (assetFilePattern.test(file)) rmSync(join(folder, file));
    for (const { staged, file } of assets) writeFileSync(join(folder, file), assetFile(join(work, staged)));
    const text = `${JSON.stringify(template, null, 2)}\n`;
    writeFileSync(join(out, 'template.json'), text);
    writeFileSync(join(out, 'template.local.json'), `${JSON.stringify(localCode(template, 'assets'), null, 2)}\n`);
    return {
      assets: assets.map(({ file }) => file).sort(),
      parameters: Object.entries(template.Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [name] : [])),
      resources: Object.keys(template.Resources).length,
      bytes: Buffer.byteLength(text),
      warnings: messages.map(({ entry }) => String(entry.data)),
    };
  } finally {
    if (validation === undefined) delete process.env['CDK_VALIDATION'];
    else process.env['CDK_VALIDATION'] = validation;
    rmSync(work, { recursive: true, force: true });
  }
}

/** The CDK's notes for its own command. */
const noMetadata = { 'aws:cdk:enable-path-metadata': false, 'aws:cdk:enable-asset-metadata': false };
