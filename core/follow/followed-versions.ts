import type { NotFollowed, NotFollowedName } from '../ledger/follow.ts';
import { baselineRun, isInTable, type Version } from '../ledger/versions/version.ts';
import { codesOf } from '../ledger/versions/version-codes.ts';
import { type CodeIdentity, isSameSource } from '../transformation/catalog.ts';
import type { Declared, Transformation } from '../transformation/contract.ts';
import { insertsOrDeletes, onlyAdds } from '../transformation/footprint.ts';

/** A deployed file of the table. */
export interface DeployedCode extends CodeIdentity {
  transformation: Transformation;
}

/** Who holds the table: a run that was begun and has not given it back. */
export interface TableHolder {
  run: string;
  /** Its execution goes on, as far as the ledger knows. */
  isRunning: boolean;
  /** It began when the table was followed, and so waits for the follower. */
  waitsForFollower: boolean;
}

export interface FollowInput {
  versions: readonly Version[];
  /** By sequence; a file that cannot be loaded is left out. */
  deployed: ReadonlyMap<number, DeployedCode>;
  /** Undefined if no run holds the table. */
  holder: TableHolder | undefined;
  /** DynamoDB's id of the table; undefined if it is not known. */
  tableId?: string | undefined;
  /** Versions that turned out to be impossible to bind, by sequence, with a clause that says why. */
  unbound?: ReadonlyMap<number, string> | undefined;
}

/** A version that is followed, with its code. */
export interface FollowedCode {
  version: Version;
  code: DeployedCode;
}

export interface FollowedVersions {
  /** In the order of their sequences. */
  followed: FollowedCode[];
  notFollowed: NotFollowed[];
  /** The version that keeps others below it from being followed. */
  blockedBy: number | undefined;
}

/**
 * Which versions of a table the follower applies to what the stream shows.
 *
 * 1. A version that a run applied, or that the run is at which holds the table on its way up, by the code that is deployed.
 * 2. Whose function changes its own item only, and can take that back without a journal.
 * 3. The order rule: below a version that is in the table, is not followed, and overwrites or removes attributes, none is followed. v1 would add
 *    again what v3 removed. If it is not known what such a version does, it counts as one that removes.
 */
export function followedVersions({ versions, deployed, holder, tableId, unbound }: FollowInput): FollowedVersions {
  const inTable = versions.filter(isInTable).sort((a, b) => a.sequence - b.sequence);
  const judged = inTable.map((version) => {
    const code = deployed.get(version.sequence);
    const why = whyNot(version, code, { holder, tableId, unbound });
    return { version, code, why };
  });
  const blocking = judged.findLastIndex(({ version, code, why }) => why && mayOverwrite(version, code));
  const followed: FollowedCode[] = [];
  const notFollowed: NotFollowed[] = [];
  for (const [index, { version, code, why }] of judged.entries()) {
    const { sequence } = version;
    const reason = why ?? (index < blocking ? blockedBy(judged[blocking]?.version.sequence) : undefined);
    if (reason) notFollowed.push({ sequence, ...reason });
    else if (code) followed.push({ version, code });
  }
  const isBlocking = notFollowed.some(({ name }) => name === 'blocked');
  return { followed, notFollowed, blockedBy: isBlocking ? judged[blocking]?.version.sequence : undefined };
}

interface Why {
  name: NotFollowedName;
  reason: string;
}

type Known = Pick<FollowInput, 'holder' | 'tableId' | 'unbound'>;

function whyNot(version: Version, code: DeployedCode | undefined, { holder, tableId, unbound }: Known): Why | undefined {
  const { sequence, status } = version;
  if (tableId !== undefined && version.tableId !== undefined && version.tableId !== tableId)
    return why('otherTable', 'the ledger knows it of another table of this name, which was replaced');
  if (holder && !holder.waitsForFollower)
    return why('runUnaware', `run ${holder.run} began before the table was followed, and does not wait for the follower`);
  if (status === 'rollingBack') return why('rollingBack', 'a run takes it back');
  if (version.squashed) return why('notByRun', 'it was squashed');
  if (version.run === baselineRun) return why('notByRun', 'it was baselined, and no run applied it');
  if (!code) return why('noFile', 'its file is not deployed, or cannot be loaded');
  if (!isSameSource(code, version.checksum)) return why('otherCode', 'the deployed file is not the code by which it was applied');
  const byFile = whyFileIsNotFollowed(code.transformation);
  if (byFile) return byFile;
  if (status === 'applying') {
    if (holder?.run !== version.run || !holder.isRunning)
      return why('notUnderWay', 'a run began it and did not end it, and no run is at it now');
    const { bundleChecksum } = codesOf(version).at(-1) ?? {};
    if (bundleChecksum !== undefined && code.bundleChecksum !== undefined && bundleChecksum !== code.bundleChecksum)
      return why('otherCode', 'the run that applies it has other code');
  }
  if (code.transformation.prepare && !version.preparation) return why('noPreparation', 'what its prepare gathers is not there');
  const problem = unbound?.get(sequence);
  return problem === undefined ? undefined : why('cannotBind', problem);
}

/** Why a version would not be followed whatever the ledger says of it; undefined if it would. */
export function whyFileIsNotFollowed({ declared, follows, transformDown }: Pick<Transformation, 'declared' | 'follows' | 'transformDown'>) {
  if (follows === false) return why('optedOut', 'its file says follows: false');
  if (insertsOrDeletes(declared))
    return why('writesOtherItems', 'it inserts, deletes or moves items, and the follower changes the written item only');
  if (!transformDown && !onlyAdds(declared))
    return why(
      'onlyJournalBack',
      'it does more than add and has no transformDown: only its journal takes it back, and the follower keeps none',
    );
  return undefined;
}

/** Whether following the versions below could undo what this one did. */
function mayOverwrite(version: Version, code: DeployedCode | undefined): boolean {
  return !code || !isSameSource(code, version.checksum) || overwrites(code.transformation.declared);
}

function overwrites({ overwrites: changed, removes }: Declared): boolean {
  return changed.length + removes.length > 0;
}

function blockedBy(sequence: number | undefined): Why {
  return why(
    'blocked',
    `v${sequence}, which overwrites or removes attributes, is in the table and is not followed: this version could set again what v${sequence} changed`,
  );
}

function why(name: NotFollowedName, reason: string): Why {
  return { name, reason };
}
