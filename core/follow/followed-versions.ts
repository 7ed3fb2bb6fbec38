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
  /** The versions that keep others from being followed. */
  blockedBy: number[];
}

/**
 * Which versions of a table the follower applies to what the stream shows.
 *
 * 1. A version that a run applied, or that the run is at which holds the table on its way up, by the code that is deployed.
 * 2. Whose function changes its own item only, and can take that back without a journal.
 * 3. The order rule, upwards: above a version that is in the table and is not followed, none is followed that overwrites or removes attributes. v3 would
 *    remove what v1 needs, and has not seen yet. A version that no run applied is no such one: what came before it, nobody writes.
 * 4. The order rule, downwards: below a version that is in the table, is not followed, and overwrites or removes attributes, none is followed. v1 would
 *    add again what v3 removed. If it is not known what such a version does, it counts as one that removes.
 */
export function followedVersions({ versions, deployed, holder, tableId, unbound }: FollowInput): FollowedVersions {
  const inTable = versions.filter(isInTable).sort((a, b) => a.sequence - b.sequence);
  const judged = inTable.map((version): Judged => {
    const code = deployed.get(version.sequence);
    const why = whyNot(version, code, { holder, tableId, unbound });
    return { version, code, why };
  });
  const upwards = judged.map((each, index): Judged => {
    const earlier = judged.slice(0, index).find(({ why }) => why && why.name !== 'notByRun');
    if (each.why || !earlier || !mayOverwrite(each)) return each;
    const by = earlier.version.sequence;
    return { ...each, why: below(by), by };
  });
  const blocking = upwards.findLast((each) => each.why && mayOverwrite(each));
  const all = upwards.map((each): Judged => {
    const isBelow = blocking && each.version.sequence < blocking.version.sequence;
    if (each.why || !isBelow) return each;
    const by = blocking.version.sequence;
    return { ...each, why: above(by), by };
  });
  return {
    followed: all.flatMap(({ version, code, why }) => (code && !why ? [{ version, code }] : [])),
    notFollowed: all.flatMap(({ version: { sequence }, why }) => (why ? [{ sequence, ...why }] : [])),
    blockedBy: all.flatMap(({ by }) => by ?? []),
  };
}

/** A version in the table, with what is known of it. */
interface Judged {
  version: Version;
  code: DeployedCode | undefined;
  /** Undefined if it is followed. */
  why: Why | undefined;
  /** The version that keeps it from being followed. */
  by?: number;
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
function whyFileIsNotFollowed({ declared, follows, transformDown }: Pick<Transformation, 'declared' | 'follows' | 'transformDown'>) {
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

/** What is known of a file by itself. */
type FileOfVersion = Pick<Transformation, 'sequence' | 'declared' | 'follows' | 'transformDown'>;

/**
 * Which of these files would not be followed once all of them are applied: by themselves, or by the order rule, upwards.
 *
 * @param before versions below that are in the table and are not followed
 */
export function filesNotFollowed(files: readonly FileOfVersion[], before: readonly number[] = []): NotFollowed[] {
  const found: NotFollowed[] = [];
  for (const file of [...files].sort((a, b) => a.sequence - b.sequence)) {
    const { sequence, declared } = file;
    const [earlier] = [...before, ...found.map((other) => other.sequence)].sort((a, b) => a - b).filter((other) => other < sequence);
    const reason = whyFileIsNotFollowed(file) ?? (earlier !== undefined && overwrites(declared) ? below(earlier) : undefined);
    if (reason) found.push({ sequence, ...reason });
  }
  return found;
}

/** Whether it could undo what another version did. */
function mayOverwrite({ version, code }: Judged): boolean {
  return !code || !isSameSource(code, version.checksum) || overwrites(code.transformation.declared);
}

function overwrites({ overwrites: changed, removes }: Declared): boolean {
  return changed.length + removes.length > 0;
}

/** Why a version is not followed that has this one below it. */
function below(sequence: number): Why {
  return blocked(sequence, 'could remove or overwrite what it needs');
}

/** Why a version is not followed that has this one above it. */
function above(sequence: number): Why {
  return blocked(sequence, 'could set again what it changed');
}

function blocked(by: number, danger: string): Why {
  return why('blocked', `v${by} is in the table and is not followed, and this version ${danger}`);
}

function why(name: NotFollowedName, reason: string): Why {
  return { name, reason };
}
