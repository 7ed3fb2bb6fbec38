import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RunError } from '../../core/errors.ts';
import { journaled } from '../../core/journal/is-journaled.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { Run, RunStep } from '../../core/ledger/run.ts';
import { ownValue } from '../../core/own-value.ts';
import type { Deployed } from '../../core/run/plan-run.ts';
import { chooseGiven, keepGiven } from '../../core/run/steps/give-parameters.ts';
import { scopedStep } from '../../core/run/steps/step-scopes.ts';
import { withSweepGroups } from '../../core/run/steps/sweep-groups.ts';
import type { CodeAsked } from '../../core/segment/segment-ports.ts';
import { type CatalogFile, codeOf, isSameCode, type Manifest } from '../../core/transformation/catalog.ts';
import type { Transformation } from '../../core/transformation/contract.ts';
import { loadTransformation, refuseForTable, refuseSameSequence } from '../../core/transformation/load-transformation.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { environment } from './environment.ts';
import { loadKept } from './kept-code.ts';
import { muteConsole } from './muted-console.ts';
import { publishedTables } from './published-tables.ts';
import { resolveSecrets } from './secret-variables.ts';
import { openGiven, secrets } from './secrets.ts';
import { systemClock } from './system-clock.ts';
import { contextOf } from './transform-context.ts';

// With source maps, a failure names the line of the team's file, not of the bundle.
process.setSourceMapsEnabled(true);

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(environment.transformations, 'manifest.json'), 'utf8'));
}
let manifest: Promise<Manifest> | undefined;

/** Tables and files of this deployment. */
export function deployedManifest(): Promise<Manifest> {
  manifest ??= readManifest();
  return manifest;
}

/** Reads the text that a deploy keeps, by its path in the manifest. */
export function keptText(path: string): Promise<string> {
  return readFile(join(environment.transformations, path), 'utf8');
}

/** Tables that have files in this deployment. */
export async function deployedTables(): Promise<string[]> {
  return Object.keys((await deployedManifest()).tables);
}

/** Versions of a table that have no file in this deployment, because all stages have applied them. */
export async function squashedVersions(table: string): Promise<readonly number[]> {
  return ownValue((await deployedManifest()).squashed ?? {}, table) ?? [];
}

/** The files of a table in this deployment; empty if there are none. */
export async function deployedFiles(table: string): Promise<readonly CatalogFile[]> {
  const { tables } = await deployedManifest();
  return ownValue(tables, table) ?? [];
}

/**
 * All files of a table, loaded and checked.
 *
 * @throws RunError NoTransformations: when the table has no file in this deployment
 * @throws RunError InvalidTransformation: when a file is not valid
 */
export async function loadAll(table: string, shape: TableShape, mayHaveNoFiles: boolean): Promise<Deployed[]> {
  const files = await deployedFiles(table);
  if (files.length === 0 && !mayHaveNoFiles)
    throw new RunError(
      'NoTransformations',
      `There are no transformations for ${table}. Add transformations/${table}/v1.ts (\`dynamodt init ${table}\`) and deploy it.`,
      { fields: { table } },
    );
  refuseSameSequence(files);
  return Promise.all(
    files.map(async (entry) => {
      const transformation = await load(entry);
      refuseForTable(entry.file, transformation, shape);
      return { ...codeIn(entry), transformation };
    }),
  );
}

/**
 * One file by its sequence, as it is deployed, or if `kept` is set, as the ledger keeps it; undefined if it is not deployed.
 *
 * @throws RunError InvalidTransformation: when the file is not valid
 * @throws RunError KeptCodeMissing, KeptCodeInvalid
 */
export async function loadCode(table: string, code: CodeAsked): Promise<Deployed | undefined> {
  if (code.kept) return loadKept(table, code.sequence, code);
  const entry = (await deployedFiles(table)).find((file) => file.sequence === code.sequence);
  return entry && { ...codeIn(entry), transformation: await load(entry) };
}

/**
 * The deployed file of a run's present sequence, or its kept code; undefined if it is no longer deployed.
 *
 * @throws RunError InvalidTransformation: when the file is not valid
 * @throws RunError InvalidParameters: when its code changed, and it has a parameter since that has no value
 */
export async function deployedStep(control: Control): Promise<RunStep | undefined> {
  const { table, sequence, checksum, bundleChecksum, packages, file, prepares, kept, given } = control;
  if (kept) return { sequence, checksum, bundleChecksum, packages, file, prepares, kept };
  const entry = (await deployedFiles(table)).find((candidate) => candidate.sequence === sequence);
  if (!entry) return undefined;
  if (isSameCode(entry, codeOf(control))) return { sequence, checksum, bundleChecksum, packages, file: entry.file, prepares };
  const transformation = await load(entry);
  const of = { table, sequence, file: entry.file, declared: transformation.parameters, secrets };
  const ofStage = ownValue((await publishedTables()).parameters(table) ?? {}, String(sequence));
  const adopted = given ? await keepGiven(of, given, ofStage) : await chooseGiven(of, ofStage ?? {}, systemClock.wall());
  const journals = journaled(transformation, control, control.rewrites !== undefined);
  const step = { sequence, ...codeIn(entry), prepares: transformation.prepare !== undefined, given: adopted, ...journals };
  // What other code wrote is found only in the whole table.
  if (control.direction === 'down') return step;
  const context = await contextOf(control, sequence, undefined, await openGiven({ table, sequence }, adopted));
  const scoped = { shape: control.shape, indexLagMs: environment.indexLagMs };
  return scopedStep(step, transformation, scoped, { context, version: undefined }).step;
}

/** Says of steps, as they are deployed now, which of them can be swept together. */
export async function regroup(table: string, steps: readonly RunStep[]): Promise<RunStep[]> {
  const codes = await Promise.all(steps.map((step) => loadCode(table, step)));
  return withSweepGroups(steps, {
    table,
    transformationOf: (sequence) => codes.find((code) => code?.transformation.sequence === sequence)?.transformation,
  });
}

/** The steps after the present one, up to the first whose file is no longer deployed with the code of the run. */
export async function stepsAhead({ table, steps }: Run, { step: present }: Control): Promise<RunStep[]> {
  const files = await deployedFiles(table);
  const ahead = steps.slice(present + 1);
  const other = ahead.findIndex(
    (step) => !step.kept && !files.some((file) => file.sequence === step.sequence && isSameCode(file, codeOf(step))),
  );
  return other === -1 ? ahead : ahead.slice(0, other);
}

function codeIn({ file, checksum, formerChecksums, bundleChecksum, packages }: CatalogFile) {
  return { file, checksum, formerChecksums, bundleChecksum, packages };
}

async function load(entry: CatalogFile): Promise<Transformation> {
  await resolveSecrets();
  muteConsole();
  return loadTransformation(entry, (module) => import(pathToFileURL(join(environment.transformations, module)).href));
}
