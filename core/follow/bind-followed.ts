import { type Chain, type ChainLink, decideChain } from '../change/decide-chain.ts';
import { bindTransformation } from '../change/decide-change.ts';
import type { MaybePromise } from '../change/maybe-promise.ts';
import { seenThrough } from '../change/seen-through.ts';
import { RunError } from '../errors.ts';
import type { NotFollowed } from '../ledger/follow.ts';
import type { Given, GivenValues } from '../ledger/given.ts';
import { ownerOf, type PreparationOwner, versionFor } from '../ledger/preparation.ts';
import type { Lookups } from '../lookup/lookups.ts';
import type { BoundContext } from '../transformation/contract.ts';
import { isInScope, readingScope, type Scope, scopeOf } from '../transformation/scope.ts';
import { isSameScope } from '../transformation/scope-ref.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { FollowState } from './follow-lease.ts';
import { type DeployedCode, type FollowedCode, followedVersions } from './followed-versions.ts';

export interface FollowedTable {
  /** Logical name. */
  table: string;
  shape: TableShape;
  tableId: string | undefined;
}

export interface BindFollowedPorts {
  /** The deployed files of these sequences; those that are not deployed or cannot be loaded are left out. */
  loadDeployed(table: string, sequences: readonly number[]): Promise<ReadonlyMap<number, DeployedCode>>;
  readPreparation(owner: PreparationOwner, version: string): Promise<unknown>;
  openGiven(version: { table: string; sequence: number }, given: Given | undefined): Promise<GivenValues>;
  contextOf(table: FollowedTable, sequence: number, preparation: unknown, given: GivenValues): MaybePromise<BoundContext>;
}

/** The versions that are followed, bound to what was frozen with them. */
export interface BoundChain {
  /** Undefined if none is followed. */
  chain: Chain | undefined;
  following: number[];
  notFollowed: NotFollowed[];
  /** The versions that keep others from being followed. */
  blockedBy: number[];
}

/**
 * Binds the versions that the ledger says are to be followed. One that cannot be bound is not followed, and by the order rule maybe others are not.
 *
 * @param lookups what functions look things up by; items of the own table are shown as the versions before will make them
 * @throws Error: when AWS is at fault
 */
export async function bindFollowed(
  state: FollowState,
  followed: FollowedTable,
  ports: BindFollowedPorts,
  lookups?: Lookups,
): Promise<BoundChain> {
  const { versions, holder } = state;
  const { table, tableId, shape } = followed;
  const deployed = await ports.loadDeployed(
    table,
    versions.map(({ sequence }) => sequence),
  );
  const unbound = new Map<number, string>();
  for (;;) {
    const { followed: codes, notFollowed, blockedBy } = followedVersions({ versions, deployed, holder, tableId, unbound });
    const links: ChainLink[] = [];
    for (const code of codes) {
      const link = await bindOne(code, links, followed, ports, lookups);
      if (typeof link !== 'string') links.push(link);
      else {
        unbound.set(code.version.sequence, link);
        break;
      }
    }
    if (links.length < codes.length) continue;
    const following = codes.map(({ version }) => version.sequence);
    return { chain: links.length === 0 ? undefined : decideChain(links, shape), following, notFollowed, blockedBy };
  }
}

/** @returns why it cannot be bound, as a clause, if it cannot */
async function bindOne(
  { version, code }: FollowedCode,
  before: readonly ChainLink[],
  followed: FollowedTable,
  ports: BindFollowedPorts,
  lookups: Lookups | undefined,
): Promise<ChainLink | string> {
  const { table, shape } = followed;
  const { sequence, given } = version;
  try {
    const preparation = await preparationOf({ version, code }, table, ports);
    const context = await ports.contextOf(followed, sequence, preparation, await ports.openGiven({ table, sequence }, given));
    const scope = scopeOf(code.transformation, shape, context);
    if (scope && !isKnown(scope, version)) return 'its "only" gives other items than those that the run changed';
    const transformation = readingScope(code.transformation, scope);
    const seenAs = before.length === 0 ? undefined : seenThrough(before.map(({ decider }) => decider.decide));
    const looks = lookups?.opener(transformation.lookups, { table, shape }, seenAs);
    const decider = bindTransformation(transformation, shape, looks ? { ...context, looks } : context);
    return { transformation, decider, ...(scope ? { contains: isInScope(scope) } : {}) };
  } catch (error) {
    if (error instanceof RunError && error.name !== 'AwsUnavailable') return `it cannot be used now (${error.name})`;
    throw error;
  }
}

/** A version of before scopes were kept does not say which items it was about. */
function isKnown({ ref }: Scope, { scopes }: FollowedCode['version']): boolean {
  const { index, checksum } = ref;
  return scopes === undefined || scopes.some((known) => isSameScope(known, { index, checksum }));
}

async function preparationOf({ version, code }: FollowedCode, table: string, ports: BindFollowedPorts): Promise<unknown> {
  const { sequence, preparation } = version;
  if (!preparation || !code.transformation.prepare) return undefined;
  const owner = ownerOf({ table, sequence }, code, preparation);
  return ports.readPreparation(owner, versionFor(owner, preparation));
}
