import { ownValue } from '../own-value.ts';
import { invalidFile, sameSequence } from './check-exports.ts';

/** A transformation file in a deployed bundle. */
export interface CatalogFile {
  /** `Users/v3_split_name.ts` */
  file: string;
  /** The number in the file's name. */
  sequence: number;
  /** Of the file and what it imports from the team's own project: `2:` and a hash. The number is that of the algorithm. */
  checksum: string;
  /** What earlier algorithms give the same source. */
  formerChecksums?: readonly string[] | undefined;
  /** Of all code in the bundle, packages too; undefined if it could not be bundled. */
  bundleChecksum?: string | undefined;
  /** `name@version` of each package in the bundle. */
  packages?: readonly string[] | undefined;
  /** The bundled module, relative to the bundle's folder; undefined if it could not be bundled. */
  module?: string | undefined;
  /** Of the file's source; undefined if it has neither imports nor exports. */
  format?: 'esm' | 'cjs' | undefined;
  /** The text of which `bundleChecksum` is the checksum, in a file relative to the bundle's folder: a deploy keeps it in the ledger. */
  kept?: string | undefined;
  /** What is known of its parameters; undefined if it declares none, or does not tell their names. */
  parameters?: PublishedParameters | undefined;
  /** Why it could not be bundled. */
  problem?: string | undefined;
  /** It is as `dynamodt init` made it. */
  isUnfilled?: boolean | undefined;
  /** The team's other files in its bundle, relative to the folder of transformations. */
  imports?: readonly string[] | undefined;
  /** What does not work in a deploy if its functions come to it, as clauses that follow the file's name. */
  notes?: readonly string[] | undefined;
}

/** By names: the `type` of JSON Schema, if it is known, and which are secret. */
export type PublishedParameters = Record<string, { type?: string | undefined; secret?: true | undefined }>;

/** The transformation files of a deploy, by logical table name. */
export interface Manifest {
  tables: Record<string, CatalogFile[]>;
  /** Versions without a file, because all stages have applied them, by table. */
  squashed?: Record<string, number[]> | undefined;
}

/** What tells whether other code is the same. */
export type CodeIdentity = Pick<CatalogFile, 'checksum' | 'formerChecksums' | 'bundleChecksum'>;

/** By which code a part of a run is made. A run that began before bundles had checksums is known by that of its source. */
export function codeOf({ checksum, bundleChecksum }: CodeIdentity): string {
  return bundleChecksum ?? checksum;
}

/** True if a checksum in the ledger was made from the same source, by this algorithm or by an earlier one. */
export function isSameSource({ checksum, formerChecksums = [] }: CodeIdentity, recorded: string): boolean {
  return checksum === recorded || formerChecksums.includes(recorded);
}

/** True if a part of a run that was made by {@link codeOf} another file was made by this one. */
export function isSameCode(deployed: CodeIdentity, code: string): boolean {
  return deployed.bundleChecksum === code || isSameSource(deployed, code);
}

/** Values for parameters, by the numbers of versions and the names of parameters. A secret is encrypted. */
export type StageParameters = Record<string, Record<string, unknown>>;

/** What is deployed, as the ledger tells it to those who have no access to the functions. */
export interface Catalog {
  /** Where preparations are kept: for gathering one outside the service. */
  preparations?: { bucket: string; key: string } | undefined;
  /** Days for which journals are kept; undefined in catalogs from before this was published. */
  journalRetention?: number | undefined;
  /** Memory of a worker, in MB; undefined in catalogs from before this was published. */
  workerMemory?: number | undefined;
  /** Name or ARN of the bus that gets events of runs; undefined if none does. */
  eventBus?: string | undefined;
  /** Physical names of tables to look things up in, by the names that the stack gives them. */
  lookupTables?: Record<string, string> | undefined;
  /** Names the versions of the functions that belong together; undefined if runs call the newest ones. */
  deploy?: string | undefined;
  /** The version of dynamodt that is deployed; undefined in catalogs from before this was published. */
  version?: string | undefined;
  /** By logical name: every table that has files or is named in the deploy. */
  tables: Record<
    string,
    {
      tableName: string;
      acceptsLastWriterWins?: boolean | undefined;
      /** True if the table's stream is followed. */
      follows?: boolean | undefined;
      /** Values for parameters in this stage, by the numbers of versions. */
      parameters?: StageParameters | undefined;
      files: Pick<CatalogFile, 'file' | 'sequence' | 'checksum' | 'formerChecksums' | 'problem' | 'isUnfilled' | 'parameters'>[];
    }
  >;
}

/** Memory of a worker in MB, by default: as it is deployed now, and as services were deployed that do not tell it. */
const defaultWorkerMemory = { now: 512, before: 1769 };

/** Memory of a worker, in GB. */
export function workerMemoryOf(catalog: Pick<Catalog, 'workerMemory' | 'preparations'> | undefined): number {
  return (catalog?.workerMemory ?? (catalog?.preparations ? defaultWorkerMemory.before : defaultWorkerMemory.now)) / 1024;
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

/** The physical name of a table to look things up in, if the stack gives it a name. */
export function lookupName(catalog: Catalog | undefined, name: string): string | undefined {
  return ownValue(catalog?.lookupTables ?? {}, name);
}
