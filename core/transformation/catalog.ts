import { invalidFile, sameSequence } from './check-exports.ts';

/** A transformation file in a deployed bundle. */
export interface CatalogFile {
  /** `Users/v3_split_name.ts` */
  file: string;
  /** The number in the file's name. */
  sequence: number;
  /** `1:` and a hash; the number is that of the algorithm. */
  checksum: string;
  /** The bundled module, relative to the bundle's folder; undefined if it could not be bundled. */
  module?: string | undefined;
  /** Why it could not be bundled. */
  problem?: string | undefined;
}

/** The transformation files of a deploy, by logical table name. */
export interface Manifest {
  tables: Record<string, CatalogFile[]>;
}

/** What is deployed, as the ledger tells it to those who have no access to the functions. */
export interface Catalog {
  /** Where preparations are kept: for gathering one outside the service. */
  preparations?: { bucket: string; key: string } | undefined;
  /** By logical name: every table that has files or is named in the deploy. */
  tables: Record<string, { tableName: string; files: Pick<CatalogFile, 'file' | 'sequence' | 'checksum' | 'problem'>[] }>;
}

/** A transformation file as the last deploy published it. */
export type PublishedFile = Catalog['tables'][string]['files'][number];

/**
 * The one file of a sequence.
 *
 * @returns undefined if none is deployed
 * @throws RunError InvalidTransformation: when the file does not compile, or two files have the sequence
 */
export function deployedFile(files: readonly PublishedFile[], sequence: number): PublishedFile | undefined {
  const [file, twin] = files.filter((candidate) => candidate.sequence === sequence);
  if (file && twin) throw invalidFile(twin.file, sameSequence(file.file));
  if (file?.problem) throw invalidFile(file.file, file.problem);
  return file;
}
