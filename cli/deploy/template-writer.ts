import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import type { ServiceSettings } from '../../config/contract.ts';
import type { Settings } from '../../config/schema.ts';
import { UsageError } from '../usage-error.ts';

/** A folder that was written; `infra/template/write-template.ts` says what is in it. */
export interface WrittenTemplate {
  assets: string[];
  parameters: string[];
  resources: number;
  bytes: number;
  warnings: string[];
}

interface Writer {
  writeTemplate(out: string, settings: ServiceSettings): WrittenTemplate;
}

/** What a call asks for, besides the configuration. */
export interface AskedService {
  name: string;
  /** The team's folder, relative to the working directory. */
  transformations: string;
  /** `Users=prod-users`; added to the tables of the configuration. */
  tables: readonly string[];
}

/**
 * Writes the template of the service into a folder.
 *
 * @throws UsageError: if no tables are known
 * @throws OperatorError NotDeployable: if the settings or the team's files cannot be deployed
 */
export async function writeTemplateTo(out: string, asked: AskedService, settings: Settings = {}): Promise<WrittenTemplate> {
  const tables = { ...settings.tables, ...Object.fromEntries(asked.tables.map(mapping)) };
  if (Object.keys(tables).length === 0)
    throw new UsageError(
      "No tables are known. Name them in dynamodt.config.ts, `tables: { Users: 'prod-users' }`, or by flags, `--table Users=prod-users`; node_modules/dynamodt/docs/configuration.md describes the file.",
    );
  const { writeTemplate } = await loadWriter();
  try {
    return writeTemplate(resolve(out), { ...settings, name: asked.name, tables, transformations: resolve(asked.transformations) });
  } catch (error) {
    // What the construct refuses says what to do; anything else is an error of ours.
    if (error instanceof Error && error.name === 'Error') throw new OperatorError('NotDeployable', error.message, { cause: error });
    throw error;
  }
}

function mapping(text: string): [folder: string, tableName: string] {
  const [folder = '', tableName = ''] = text.split('=');
  if (folder === '' || tableName === '')
    throw new UsageError(`--table takes a folder and its table, as in --table Users=prod-users, not "${text}".`);
  return [folder, tableName];
}

/** Loaded by its path: the source in this repository, in an installed package the build, which contains its part of the AWS CDK. */
async function loadWriter(): Promise<Writer> {
  const root = dirname(createRequire(import.meta.url).resolve('dynamodt/package.json'));
  const source = join(root, 'infra/template/write-template.ts');
  return import(pathToFileURL(existsSync(source) ? source : join(root, 'dist/template/write-template.cjs')).href);
}
