import type { FollowPicture } from '../ledger/follow.ts';
import type { Hold } from '../ledger/hold.ts';
import type { Version } from '../ledger/versions/version.ts';
import type { CatalogFile } from '../transformation/catalog.ts';
import type { Image } from '../values/attribute-value.ts';
import type { OtherProfile } from './estimate/other-estimates.ts';
import type { TableProfile } from './estimate/table-profile.ts';
import type { FollowerCalls } from './findings/follow-findings.ts';
import type { UnusedFindings } from './findings/unused-findings.ts';
import type { GivenAtHand } from './given-at-hand.ts';
import type { LocalFile, PreparationAtHand } from './local-file.ts';

/** All data about a table that a plan needs. */
export interface PlannedTable {
  table: string;
  profile: TableProfile;
  /** Other tables into which files insert, by logical name. */
  others?: Readonly<Record<string, OtherProfile>> | undefined;
  files: readonly LocalFile[];
  unused: UnusedFindings;
  /** Versions without a file here, because all stages have applied them. */
  squashed?: readonly number[] | undefined;
  /** Versions in the ledger; none if no service is deployed. */
  versions: readonly Version[];
  /** The last hold in the ledger, also if it was released. */
  hold?: Hold | undefined;
  /** Deployed files of the table; undefined if no service is deployed. */
  catalog: readonly Pick<CatalogFile, 'sequence' | 'checksum' | 'formerChecksums'>[] | undefined;
  /** Preparations of the versions that export `prepare`. */
  preparations: ReadonlyMap<number, PreparationAtHand>;
  /** What each version is given; if it is left out, nothing. */
  given?: ReadonlyMap<number, GivenAtHand>;
  /** The sequences that dynamo-data-transform has recorded in the table as applied. */
  executedByPredecessor: readonly number[];
  /** The run that holds the table. */
  holder: string | undefined;
  /** What the follower of its stream found; undefined if the deployed service does not follow the table. */
  follow?: FollowPicture | undefined;
  /** How its follower is called; undefined if it is not, or Lambda does not tell. */
  followerCalls?: FollowerCalls | undefined;
  sample: { images: readonly Image[]; places: number; isWholeTable: boolean; readUnits: number };
}
