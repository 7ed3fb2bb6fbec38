import { RunError } from '../../errors.ts';
import { journaled } from '../../journal/is-journaled.ts';
import type { RunStep } from '../../ledger/run.ts';
import { isHalfway, type Version, type VersionCode } from '../../ledger/versions/version.ts';
import { codesOf } from '../../ledger/versions/version-codes.ts';
import { codeOf, isSameCode } from '../../transformation/catalog.ts';
import { onlyAdds } from '../../transformation/footprint.ts';
import { chosenDown, type Deployed } from '../plan-run.ts';
import type { RunInput } from '../run-input.ts';

export interface KeptCodePort {
  /**
   * Code that a deploy kept, verified and loaded.
   *
   * @throws RunError KeptCodeMissing, KeptCodeInvalid, InvalidTransformation
   */
  loadKept(table: string, sequence: number, code: VersionCode): Promise<Deployed>;
}

/**
 * The files from which a run is planned. If it is asked for kept code, that stands in the place of the files of the versions that it takes:
 * down, as always; up, those that are half-way.
 *
 * @throws RunError KeptCodeMissing, KeptCodeInvalid
 */
export async function withKeptCode(
  input: RunInput,
  deployed: readonly Deployed[],
  versions: readonly Version[],
  { loadKept }: KeptCodePort,
): Promise<readonly Deployed[]> {
  if (!input.keptCode) return deployed;
  const chosen = input.direction === 'down' ? chosenDown(input, versions) : versions.filter(isHalfway);
  // A squashed version is refused for what it is.
  const taken = chosen.filter(({ squashed }) => !squashed);
  const kept = await Promise.all(
    taken.map(async (version) => {
      const [last] = codesOf(version).slice(-1);
      const loaded = await loadKept(input.table, version.sequence, last ?? version);
      return { ...loaded, file: version.file ?? loaded.file };
    }),
  );
  return [...deployed.filter(({ transformation }) => !taken.some(({ sequence }) => sequence === transformation.sequence)), ...kept];
}

/**
 * The steps of a run. If it rewrites, its only step names the earlier codes of the version.
 *
 * @throws RunError InvalidInput: when no earlier code is known, or the version does more than add and overwrite
 * @throws RunError PreparationMissing: when the ledger does not know with which preparation an earlier code was called
 * @throws RunError KeptCodeMissing, KeptCodeInvalid
 */
export async function withEarlierCodes(
  input: RunInput,
  steps: RunStep[],
  deployed: readonly Deployed[],
  versions: readonly Version[],
  { loadKept }: KeptCodePort,
): Promise<RunStep[]> {
  const { table, rewrite } = input;
  const [step] = steps;
  const present = deployed.find(({ transformation }) => transformation.sequence === step?.sequence);
  if (!rewrite || !step || !present) return steps;
  const { sequence } = step;
  const earlier = codesOf(versions.find((version) => version.sequence === sequence)).filter((code) => !isSameCode(present, codeOf(code)));
  if (earlier.length === 0) throw nothingToRewrite(table, sequence, present.file);
  const loaded = await Promise.all(
    earlier.map(async (code) => ({ preparation: code.preparation, given: code.given, kept: await loadKept(table, sequence, code) })),
  );
  for (const { transformation } of [present, ...loaded.map(({ kept }) => kept)])
    if (!isRewritable(transformation)) throw notRewritable(table, sequence);
  const rewrites = loaded.map(({ preparation, given, kept: { checksum, bundleChecksum, transformation } }): VersionCode => {
    if (transformation.prepare && !preparation) throw unknownPreparation(table, sequence, checksum);
    return { checksum, bundleChecksum, preparation, given };
  });
  return [{ ...step, rewrites, ...journaled(present.transformation, input, true) }];
}

/** What was removed, inserted, moved or deleted does not show what a function would give for it. */
function isRewritable({ declared }: Deployed['transformation']): boolean {
  return onlyAdds({ ...declared, overwrites: [] });
}

function nothingToRewrite(table: string, sequence: number, file: string): RunError {
  return new RunError(
    'InvalidInput',
    `"rewrite" sets again what an earlier code of ${table} v${sequence} gave, and the ledger knows of no other code than that of ${file} with which a run took it. Deploy the changed file, accept it with \`dynamodt repair ${table} --sequence ${sequence}\`, and start again.`,
    { fields: { table, sequence, file } },
  );
}

function notRewritable(table: string, sequence: number): RunError {
  return new RunError(
    'InvalidInput',
    `"rewrite" cannot be used for ${table} v${sequence}: its code, or an earlier one, removes attributes or inserts or deletes items, and what is gone does not show what the earlier code gave. Put the correction into a new version with \`overwrites\`. Or take the version back with its own code, \`dynamodt down ${table} --kept-code\`, and apply the new one.`,
    { fields: { table, sequence } },
  );
}

function unknownPreparation(table: string, sequence: number, checksum: string): RunError {
  return new RunError(
    'PreparationMissing',
    `An earlier code of ${table} v${sequence} (${checksum}) exports \`prepare\`, and the ledger does not name the preparation that it was called with, so what it gave cannot be recognised. Put the correction into a new version with \`overwrites\`.`,
    { fields: { table, sequence } },
  );
}
