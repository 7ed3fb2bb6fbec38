import { RunError } from '../errors.ts';
import { type GivenValues, nothingGiven, openGiven, type SecretCipher, shownIfAny } from '../ledger/given.ts';
import type { Version } from '../ledger/versions/version.ts';
import { ownValue } from '../own-value.ts';
import { chooseGiven, keepGiven, recordedFor } from '../run/steps/give-parameters.ts';
import type { StageParameters } from '../transformation/catalog.ts';
import { isLoaded, type LocalFile } from './local-file.ts';

/** What a version would be given, and how it may be shown, or why its parameters are not valid. */
export type GivenAtHand = { given: GivenValues; shown?: Record<string, unknown> | undefined } | { refusal: RunError };

/** What a plan knows of parameters. */
export interface PlannedParameters {
  table: string;
  versions: readonly Version[];
  stageParameters: StageParameters | undefined;
  /** As a run would be given them. */
  asked: StageParameters;
  /** Wall-clock milliseconds. */
  now: number;
  secrets: SecretCipher;
}

/** What each version is given in a plan: what is recorded if it was begun or applied; otherwise as a run that begins now would choose it. */
export async function givenAtHand(files: readonly LocalFile[], planned: PlannedParameters): Promise<Map<number, GivenAtHand>> {
  const found = new Map<number, GivenAtHand>();
  for (const file of files) if (isLoaded(file)) found.set(file.sequence, await givenTo(file, planned));
  return found;
}

async function givenTo(
  { file, sequence, transformation }: Extract<LocalFile, { transformation: object }>,
  { table, versions, stageParameters, asked, now, secrets }: PlannedParameters,
): Promise<GivenAtHand> {
  const of = { table, sequence, file, declared: transformation.parameters, secrets };
  const version = versions.find((known) => known.sequence === sequence);
  const askedOfIt = ownValue(asked, String(sequence));
  const ofStage = ownValue(stageParameters ?? {}, String(sequence));
  const again = version?.status === 'applied' ? sequence : undefined;
  try {
    const recorded = recordedFor({ direction: 'up', again, dryRun: true, prepareOnly: false }, version, askedOfIt !== undefined);
    const given = recorded ? await keepGiven(of, recorded, ofStage, askedOfIt) : await chooseGiven(of, { ...ofStage, ...askedOfIt }, now);
    return {
      given: await openGiven({ table, sequence }, given, (owner, text) => secrets.decrypt(owner, text)),
      shown: shownIfAny(given),
    };
  } catch (error) {
    if (error instanceof RunError) return { refusal: error };
    throw error;
  }
}

/** Of a file that was not loaded, nothing is called. */
export function givenIn(at: ReadonlyMap<number, GivenAtHand>, sequence: number): GivenValues {
  const found = at.get(sequence);
  return found && 'given' in found ? found.given : nothingGiven;
}
