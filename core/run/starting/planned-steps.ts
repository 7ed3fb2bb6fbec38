import type { RunStep } from '../../ledger/run.ts';
import type { Version } from '../../ledger/versions/version.ts';
import type { Transformation } from '../../transformation/contract.ts';
import type { Deployed } from '../plan-run.ts';

/** The steps of a run that begins, with what the ledger knows of the table's versions. */
export interface Steps {
  steps: readonly RunStep[];
  versions: readonly Version[];
}

/** The versions that are taken back by their journals. */
export function undone({ steps, versions }: Steps): Version[] {
  return versions.filter(({ sequence }) => steps.some((step) => step.sequence === sequence && step.by === 'journal'));
}

/** Of the steps that are made by code. */
export function transformationsOf(steps: readonly RunStep[], deployed: readonly Deployed[]): Transformation[] {
  return deployed
    .map(({ transformation }) => transformation)
    .filter((each) => steps.some(({ sequence, by }) => sequence === each.sequence && by === undefined));
}
