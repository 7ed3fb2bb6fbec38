import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { OperatorError } from '../aws/operator-error.ts';
import { bundleTransformations } from '../bundle/bundle-transformations.ts';
import { RunError } from '../core/errors.ts';
import { defaultMaxPreparationBytes } from '../core/gather-preparation.ts';
import { loadTransformation, refuseSameSequence } from '../core/load-transformation.ts';
import { makePreparation } from '../core/make-preparation.ts';
import type { Deployed } from '../core/plan-run.ts';
import { whole } from './in-words.ts';
import { operator } from './operator.ts';
import { UsageError } from './usage-error.ts';
import type { Invocation } from './verb.ts';

/**
 * Gathers the preparation of a version on the operator's machine, for data that only it can reach, and keeps it where the runs look for
 * it. It serves the run whose deployed file is the same as the local one.
 *
 * @param source the team's folder
 * @returns the exit code
 * @throws RunError, OperatorError, UsageError
 */
export const prepareHere = async (invocation: Invocation, sequence: number | undefined, source: string): Promise<number> => {
  const { table, service, output } = invocation;
  if (table === undefined || sequence === undefined)
    throw new UsageError('Say which version to prepare here: `dynamodt prepare Users --sequence 4 --here`.');
  const catalog = await service.catalog();
  if (!catalog?.preparations)
    throw new OperatorError(
      'ServiceNotFound',
      'The ledger does not say where preparations are kept. Deploy the service, then prepare again.',
    );

  // So that a failure names the line of the file, not of the bundle.
  process.setSourceMapsEnabled(true);
  const work = await mkdtemp(join(tmpdir(), 'dynamodt-prepare-'));
  try {
    const file = await loadLocal(source, work, table, sequence);
    const known = catalog.tables[table];
    const deployed = known?.files.find((entry) => entry.sequence === sequence);
    if (deployed?.checksum !== file.checksum)
      output.say(
        `${file.file} is ${deployed ? 'not what is deployed' : 'not deployed yet'}: this preparation serves runs once this very file is.`,
      );
    const place = await service.preparations(catalog.preparations, known?.tableName ?? table, defaultMaxPreparationBytes);
    const context = { table, tableName: known?.tableName ?? table, sequence, ...place.lookups, log: () => {} };
    const { version, bytes } = await makePreparation(file, context, {
      ...place,
      clock,
      limitMs: undefined,
      maxBytes: defaultMaxPreparationBytes,
      by: operator(),
    });
    output.document({ table, sequence, checksum: file.checksum, version, bytes });
    output.text(`${output.styled('green', '✓')} prepared ${table} v${sequence}: ${whole(bytes)} bytes of JSON, encrypted as ${version}`);
    return 0;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

/** @throws RunError NoTransformations, MissingTransformation, InvalidTransformation */
const loadLocal = async (source: string, work: string, table: string, sequence: number): Promise<Deployed> => {
  const { tables } = await bundleTransformations(source, work);
  const files = (Object.hasOwn(tables, table) && tables[table]) || [];
  refuseSameSequence(files);
  const entry = files.find((file) => file.sequence === sequence);
  if (!entry)
    throw new RunError(
      'MissingTransformation',
      `There is no ${join(source, table)}/v${sequence}*.ts. Name your folder with --transformations.`,
    );
  const transformation = await loadTransformation(entry, (module) => import(pathToFileURL(join(work, module)).href));
  return { file: entry.file, checksum: entry.checksum, transformation };
};

const clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  sleep: (milliseconds: number) => setTimeout(milliseconds),
  random: Math.random,
};
