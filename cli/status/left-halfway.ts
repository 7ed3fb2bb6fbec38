import { commandBack } from '../../core/run/run-commands.ts';
import type { StatusDocument } from './status-document.ts';

type Halfway = NonNullable<StatusDocument['halfway']>;

/** Versions that runs left half-way, and by which commands all of them are brought to an end. */
export interface LeftHalfway {
  versions: Halfway;
  up: string;
  down: string;
}

/**
 * A bare `down` takes back one version, so several need `--to`. If a run down left them, its own command goes on with it: another `--to` would begin
 * another run.
 */
export function leftHalfway({ table, halfway = [], run }: Pick<StatusDocument, 'table' | 'halfway' | 'run'>): LeftHalfway {
  const versions = halfway.filter(({ isUnderWay }) => !isUnderWay);
  const sequences = versions.map(({ sequence }) => sequence);
  const isOfRun = run?.direction === 'down' && versions.some((version) => version.run === run.run);
  const reachesAll = isOfRun && Math.min(...run.sequences) <= Math.min(...sequences);
  return {
    versions,
    up: `dynamodt up ${table}`,
    down: reachesAll && run.goesOnBy ? run.goesOnBy : commandBack(table, isOfRun ? [...sequences, ...run.sequences] : sequences),
  };
}
