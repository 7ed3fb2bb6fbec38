import type { Version } from '../ledger/version.ts';
import type { CatalogFile } from '../transformation/catalog.ts';
import type { Image } from '../values/attribute-value.ts';
import type { LocalFile, PreparationAtHand } from './local-file.ts';
import type { Finding } from './table-plan.ts';
import type { TableProfile } from './table-profile.ts';

/** What is known of a table before it is planned. */
export interface PlannedTable {
  table: string;
  profile: TableProfile;
  files: readonly LocalFile[];
  /** Files that only look like transformations. */
  misnamed: readonly Finding[];
  /** By the ledger; none if no service is deployed. */
  versions: readonly Version[];
  /** What is deployed for the table; undefined if no service is. */
  catalog: readonly Pick<CatalogFile, 'sequence' | 'checksum' | 'formerChecksums'>[] | undefined;
  /** Of the versions that export `prepare`. */
  preparations: ReadonlyMap<number, PreparationAtHand>;
  /** The sequences that dynamo-data-transform has recorded in the table as applied. */
  executedByPredecessor: readonly number[];
  /** The run that holds the table. */
  holder: string | undefined;
  sample: { images: readonly Image[]; places: number; isWholeTable: boolean; readUnits: number };
}
