import { join } from 'node:path';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { withOwnError } from '../../bundle/own-error.ts';
import { RunError } from '../../core/errors.ts';
import type { GivenValues } from '../../core/ledger/given.ts';
import { Lookups } from '../../core/lookup/lookups.ts';
import { ownValue } from '../../core/own-value.ts';
import { givenAtHand, givenIn } from '../../core/plan/given-at-hand.ts';
import { deploymentOf, isLoaded, type LoadedFile, type LocalFile } from '../../core/plan/local-file.ts';
import { maxPreparationBytesFor } from '../../core/run/preparing/gather-preparation.ts';
import { makePreparation } from '../../core/run/preparing/make-preparation.ts';
import { type Catalog, lookupName } from '../../core/transformation/catalog.ts';
import type { Prepare, Transformation } from '../../core/transformation/contract.ts';
import { refuseSameSequence } from '../../core/transformation/load-transformation.ts';
import { operator } from '../operator.ts';
import { knownFile } from '../parameters/known-file.ts';
import { ownSecrets } from '../parameters/own-secrets.ts';
import { readSet } from '../parameters/read-set.ts';
import { resolveSet } from '../parameters/resolve-set.ts';
import { systemClock } from '../system-clock.ts';
import { preparedEarly, preparedShown, preparedText } from '../terminal/prepared-shown.ts';
import { warningLines } from '../terminal/warning-text.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import { loadTable, withBundledTables } from './local-tables.ts';

/**
 * Gathers the preparation of a version on the operator's machine, for data that only this machine can reach, and stores it where runs look
 * for it. Only runs with the same deployed file as the local one use it.
 *
 * @param source the team's folder
 * @returns the exit code
 * @throws RunError, OperatorError, UsageError
 */
export async function prepareHere(invocation: Invocation, sequence: number | undefined, source: string): Promise<number> {
  const { table, service, output } = invocation;
  if (table === undefined || sequence === undefined)
    throw new UsageError('Give the version to prepare on this machine: `dynamodt prepare Users --sequence 4 --here`.');
  const catalog = await service.catalog();
  const kept = catalog?.preparations;
  if (!catalog || !kept)
    throw new OperatorError(
      'ServiceNotFound',
      'The ledger does not say in which bucket preparations are kept. Deploy the service, then prepare again.',
    );

  return withBundledTables(source, async (tables) => {
    const bundled = tables.find((local) => local.table === table);
    const file = fileOf(bundled ? (await loadTable(bundled)).files : [], source, table, sequence);
    const known = ownValue(catalog.tables, table);
    const deployment = deploymentOf(file, known?.files ?? []);
    if (deployment !== 'same')
      output.say(
        `${file.file} is ${deployment === 'other' ? 'not what is deployed' : 'not deployed yet'}: runs use this preparation after exactly this file is deployed.`,
      );
    const tableName = known?.tableName ?? table;
    const maxBytes = maxPreparationBytesFor(catalog.workerMemory);
    const place = await service.preparations(kept, tableName, maxBytes);
    const tableNameOf = (name: string): string =>
      lookupName(catalog, name) ?? (name === table ? tableName : (ownValue(catalog.tables, name)?.tableName ?? name));
    const given = await givenHere(file, invocation, catalog);
    const lookups = new Lookups({
      port: service.tables.lookupPort,
      clock: systemClock,
      tableNameOf,
    });
    const look = lookups.lookFor(file.transformation.lookups, { table, shape: await service.tables.shapeOf(tableName) });
    const context = { table, tableName, sequence, ...given, tableNameOf, look, ...place.lookups, log: () => {} };
    const { transformation, own } = keepingOwnError(file);
    const preparation = await makePreparation({ ...file, transformation }, context, {
      ...place,
      clock: systemClock,
      limitMs: undefined,
      maxBytes,
      by: operator(),
    }).catch((error: unknown) => {
      throw error instanceof RunError ? withOwnError(error, own.error, file.file) : error;
    });
    const warnings = await preparedEarly(table, [sequence], service);
    output.document({ table, ...preparedShown(preparation), ...(warnings.length > 0 ? { warnings } : {}) });
    output.text(`${output.styled('green', '✓')} prepared ${table} ${preparedText(preparation)}, encrypted as ${preparation.version}`);
    for (const line of warningLines(warnings, output)) output.say(line);
    return 0;
  });
}

/** As a run that begins now would choose it. @throws RunError InvalidParameters */
async function givenHere(file: LoadedFile, { table = '', service, options }: Invocation, catalog: Catalog): Promise<GivenValues> {
  const secrets = ownSecrets(service, catalog.preparations);
  const set = { table, files: [knownFile(file)], taken: [file.sequence], secrets };
  const found = await givenAtHand([file], {
    table,
    versions: await service.ledger.versions(table),
    stageParameters: ownValue(catalog.tables, table)?.parameters,
    asked: await resolveSet(readSet(options), set),
    now: systemClock.wall(),
    secrets,
  });
  const given = found.get(file.sequence);
  if (given && 'refusal' in given) throw given.refusal;
  return givenIn(found, file.sequence);
}

/** The file with a prepare that keeps what it throws, for whoever runs it on their own machine. */
function keepingOwnError({ transformation }: LoadedFile): { transformation: Transformation; own: { error?: unknown } } {
  const own: { error?: unknown } = {};
  const { prepare } = transformation;
  if (!prepare) return { transformation, own };
  const keeping: Prepare = async (context) => {
    try {
      return await prepare(context);
    } catch (error) {
      own.error = error;
      throw error;
    }
  };
  return { transformation: { ...transformation, prepare: keeping }, own };
}

/** @throws RunError MissingTransformation, InvalidTransformation */
function fileOf(files: readonly LocalFile[], source: string, table: string, sequence: number): LoadedFile {
  refuseSameSequence(files);
  const file = files.find((entry) => entry.sequence === sequence);
  if (!file)
    throw new RunError(
      'MissingTransformation',
      `There is no ${join(source, table)}/v${sequence}*.ts. Name your folder with --transformations.`,
      { fields: { table, sequence } },
    );
  if (!isLoaded(file)) throw file.problem;
  return file;
}
