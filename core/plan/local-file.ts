import type { RunError } from '../errors.ts';
import type { GivenValues } from '../ledger/given.ts';
import { type CatalogFile, type CodeIdentity, isSameSource } from '../transformation/catalog.ts';
import type { Transformation } from '../transformation/contract.ts';

/** A transformation file in the local folder. */
export type LocalFile = Pick<CatalogFile, 'file' | 'sequence' | 'checksum' | 'formerChecksums' | 'packages' | 'notes'> &
  ({ transformation: Transformation } | { transformation?: undefined; problem: FileProblem });

/** Why a file cannot be used: an InvalidTransformation, or that its code ended or blocked whoever ran it. */
export type FileProblem = Pick<Error, 'name' | 'message'>;

/** A file that was loaded. */
export type LoadedFile = Extract<LocalFile, { transformation: Transformation }>;

export function isLoaded(file: LocalFile): file is LoadedFile {
  return file.transformation !== undefined;
}

/** Compares a file with the deployed file of the same sequence. */
export type Deployment = 'same' | 'other' | 'missing';

type Known = CodeIdentity & Pick<CatalogFile, 'sequence'>;

export function deploymentOf(local: Known, catalog: readonly Known[]): Deployment {
  const deployed = catalog.find((file) => file.sequence === local.sequence);
  if (!deployed) return 'missing';
  return isSameSource(local, deployed.checksum) || isSameSource(deployed, local.checksum) ? 'same' : 'other';
}

/** The preparation of a version, or the reason, as a clause, why it is not available. */
export type PreparationAtHand = { value: unknown } | { missing: string };

/** What is known of a version beside its file. */
export interface AtHand {
  preparations: ReadonlyMap<number, PreparationAtHand>;
  given?: ReadonlyMap<number, { given: GivenValues } | { refusal: RunError }>;
  /** Versions that look things up in a table that cannot be read. */
  withoutLookups?: ReadonlySet<number>;
}

/** Why a version cannot be tried; undefined if it can. */
export function whyNotTried(file: LocalFile, { preparations, given, withoutLookups }: AtHand): string | undefined {
  if (!isLoaded(file)) return 'its file is not valid';
  const found = given?.get(file.sequence);
  if (found && 'refusal' in found) return 'its parameters are not valid';
  if (withoutLookups?.has(file.sequence)) return 'a table that it looks things up in cannot be read';
  if (!file.transformation.prepare) return undefined;
  const preparation = preparations.get(file.sequence) ?? { missing: 'it exports prepare, and its preparation is not available' };
  return 'missing' in preparation ? preparation.missing : undefined;
}
