import type { Operation } from './operation.ts';

/** A table with three versions, a follower of its stream, old and new code of the application, and runs that go down and up again. */
export interface FollowSchedule {
  /** Who goes next, and what happens when. */
  order: number;
  items: number;
  /** Writes of old code. */
  writes: number;
  /** Further writes of old code in each of the first passes of a run that applies v1 again, which it does if it does not go up. */
  besideAgain: number;
  /** Which versions the run takes back, the highest first, before it applies them again; 0 for none. */
  down: number;
  /** Whether the run goes up again. */
  up: boolean;
  kills: number;
  faults: number;
  late: number;
  /** Shards that are split: a closed one, and two others that continue it. */
  splits: number;
  /** Shards are read before those that they continue are settled, which Lambda never does. */
  childrenFirst: boolean;
  /** Items that the application, or DynamoDB by their time to live, deletes. Old code may write them again. */
  deletes: number;
  /** Items of which v1 throws, until old code writes them anew. */
  bad: number;
  /** v3, which removes what v1 adds, is not followed. */
  optsOut: boolean;
  /** How often the follower gets other code of one version for a while, which then is not followed. */
  deploys: number;
}

/** A mistake that the follower could make. */
export interface FollowDefect {
  /** Writes also without a lease, and whatever the ledger says. */
  withoutFence?: boolean;
  operation?(operation: Operation): Operation;
  /** Writes something for each record, also for those of its own writes. */
  writesOwnAgain?: boolean;
  /** Takes the image of each record for the present item, without a condition that proves it. */
  decidesOnOldImage?: boolean;
  runDoesNotWait?: boolean;
  withoutOrderRule?: boolean;
  /** If an item is gone when it is written, puts it. */
  recreates?: boolean;
  /** Takes a failure back by the record alone, which can be an old one. */
  forgetsUnconfirmed?: boolean;
  /** Records come once, unless the follower asks for them again. */
  onceOnly?: boolean;
  /** A run leaves what its second pass finds to the follower, whatever that says of itself. */
  leavesUnasked?: boolean;
  /** Does not say that it did not follow a version for a while. */
  hidesBreaks?: boolean;
}
