import { baselineRun, isHalfway, type Version } from './version.ts';

/** How a version stands, in one word: by its record in the ledger, its file, and what its run does now. */
export const versionStates = [
  'pending',
  'notFilledIn',
  'applying',
  'halfwayUp',
  'applied',
  'baselined',
  'appliedBefore',
  'squashed',
  'rollingBack',
  'halfwayDown',
  'rolledBack',
] as const;
export type VersionState = (typeof versionStates)[number];

/**
 * @param version undefined if the ledger has none
 * @param isUnderWay the run of a half-way version goes on
 * @param isUnfilled the file is as `dynamodt init` made it
 */
export function versionState(
  version: Pick<Version, 'status' | 'run' | 'fromPredecessor' | 'squashed'> | undefined,
  { isUnderWay = false, isUnfilled = false }: { isUnderWay?: boolean | undefined; isUnfilled?: boolean | undefined } = {},
): VersionState {
  if (!version) return isUnfilled ? 'notFilledIn' : 'pending';
  const { status, run, fromPredecessor } = version;
  if (isHalfway(version) && !isUnderWay) return status === 'applying' ? 'halfwayUp' : 'halfwayDown';
  if (status === 'applied' && version.squashed) return 'squashed';
  if (status === 'applied' && run === baselineRun) return fromPredecessor ? 'appliedBefore' : 'baselined';
  return status;
}
