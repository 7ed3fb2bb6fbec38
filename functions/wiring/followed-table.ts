import { randomUUID } from 'node:crypto';
import { FollowRecords } from '../../aws/ledger/follow/follow-records.ts';
import { sharedUnits } from '../../aws/ledger/follow/shared-units.ts';
import { Table } from '../../aws/table/table.ts';
import { readTableDetails } from '../../aws/table/table-details.ts';
import { RunError } from '../../core/errors.ts';
import { type BindFollowedPorts, type BoundChain, bindFollowed, type FollowedTable } from '../../core/follow/bind-followed.ts';
import { FollowLease, type FollowState } from '../../core/follow/follow-lease.ts';
import type { FollowPorts } from '../../core/follow/follow-stream.ts';
import type { DeployedCode } from '../../core/follow/followed-versions.ts';
import { OpenFailures } from '../../core/follow/open-failures.ts';
import { SharedPacing } from '../../core/follow/shared-pacing.ts';
import { turnOf } from '../../core/follow/turn.ts';
import { requestTimeoutMs } from '../../core/ledger/control.ts';
import { Lookups } from '../../core/lookup/lookups.ts';
import { ownValue } from '../../core/own-value.ts';
import { refuseReplicas } from '../../core/run/refuse-replicas.ts';
import { pacedReads } from '../../core/segment/pacing/lookup-budget.ts';
import type { Pacing } from '../../core/segment/pacing/pacing.ts';
import { refuseForTable } from '../../core/transformation/load-transformation.ts';
import { unknownTable } from '../../core/unknown-table.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { tableClient, tableWire } from './clients/table-client.ts';
import { loadCode } from './deployed-transformations.ts';
import { environment } from './environment.ts';
import { ledger } from './ledger.ts';
import { readPreparation } from './preparations.ts';
import { publishedTables } from './published-tables.ts';
import { openGiven } from './secrets.ts';
import { systemClock } from './system-clock.ts';
import { teamLookups } from './team-lookups.ts';
import { contextOf } from './transform-context.ts';

/** Requests that are in flight, and those for the ledger. */
const maxKeptBackMs = 2 * requestTimeoutMs;
/** Indexes can be added and removed. */
const describedForMs = 60_000;

/** What a container keeps of a followed table over its invocations. */
interface Kept {
  lease: FollowLease;
  writes: Pacing;
  reads: Pacing;
  lookups: Lookups;
  failures: OpenFailures;
  described: { table: FollowedTable; at: number } | undefined;
  bound: WeakMap<FollowState, { of: FollowedTable; chain: Promise<BoundChain> }>;
}

const kept = new Map<string, Kept>();
const container = randomUUID();
const records = new FollowRecords(retryingClient, environment.ledger);

/**
 * What is needed to follow a table in one invocation.
 *
 * @param remainingMs of the invocation
 * @throws RunError UnknownTable, ReplicatedTable
 */
export async function followedTable(table: string, remainingMs: number): Promise<FollowPorts> {
  const { units, writerAttribute } = ownValue(environment.followed, table) ?? { units: 1, writerAttribute: undefined };
  const state = kept.get(table) ?? keep(table, units);
  const followed = await described(table, state);
  state.lookups.forget();
  const deadline = systemClock.monotonic() + turnOf(remainingMs, maxKeptBackMs, Object.keys(environment.followed).length);
  const { lease, writes, reads } = state;
  return {
    table,
    shape: followed.shape,
    lease,
    leaseMs: environment.followLeaseMs,
    bind: (read) => boundTo(read, followed, state),
    wire: new Table(tableWire, followed.shape, undefined),
    writes,
    reads,
    records,
    failures: state.failures,
    clock: systemClock,
    deadline,
    writerAttribute,
    signatureLifetimeMs: environment.signatureLifetimeMs,
  };
}

/** @param units a second, of all containers together */
function keep(table: string, units: number): Kept {
  const { followLeaseMs: leaseMs, controlIntervalMs } = environment;
  const pacing = (kind: 'reads' | 'writes'): Pacing =>
    new SharedPacing(systemClock, units, sharedUnits(retryingClient, environment.ledger, { table, kind, container }));
  const reads = pacing('reads');
  const lookups = new Lookups({ ...teamLookups, clock: systemClock });
  lookups.paceBy(pacedReads(reads));
  teamLookups.noteOthers?.((spent) => reads.charge(spent));
  const lease = new FollowLease({
    read: () => readState(table),
    clock: systemClock,
    leaseMs,
    intervalMs: Math.min(controlIntervalMs, leaseMs / 2),
  });
  const failures = new OpenFailures(table, records, lease, systemClock);
  const writes = pacing('writes');
  const state: Kept = { lease, writes, reads, lookups, failures, described: undefined, bound: new WeakMap() };
  kept.set(table, state);
  return state;
}

async function readState(table: string): Promise<FollowState> {
  const [versions, lock, control, published] = await Promise.all([
    ledger.versions(table),
    ledger.lock(table),
    ledger.follower(table),
    publishedTables(),
  ]);
  const run = lock && lock.endedAt === undefined ? await ledger.run(table, lock.run) : undefined;
  const holder =
    lock && lock.endedAt === undefined
      ? { run: lock.run, isRunning: run?.status === 'running', waitsForFollower: lock.followed === true }
      : undefined;
  return { versions, holder, control, isFollowed: published.follows(table) };
}

async function described(table: string, state: Kept): Promise<FollowedTable> {
  const now = systemClock.monotonic();
  if (state.described && now - state.described.at < describedForMs) return state.described.table;
  const published = await publishedTables();
  const tableName = published.tableName(table);
  const details = await readTableDetails(tableClient, tableName);
  if (!details) throw unknownTable(tableName, table, 'the name, and the stage');
  refuseReplicas(details.replicaRegions, { table, acceptLastWriterWins: published.acceptsLastWriterWins(table) });
  const { shape, tableId } = details;
  const before = state.described?.table;
  const isSame = before && JSON.stringify([before.shape, before.tableId]) === JSON.stringify([shape, tableId]);
  const found = isSame ? before : { table, shape, tableId };
  state.described = { table: found, at: now };
  return found;
}

function boundTo(read: FollowState, followed: FollowedTable, { bound, lookups }: Kept): Promise<BoundChain> {
  const known = bound.get(read);
  if (known?.of === followed) return known.chain;
  const chain = bindFollowed(read, followed, bindPorts(followed), lookups);
  bound.set(read, { of: followed, chain });
  chain.catch(() => bound.delete(read));
  return chain;
}

function bindPorts({ shape }: FollowedTable): BindFollowedPorts {
  return {
    loadDeployed: async (table, sequences) => {
      const found = await Promise.all(sequences.map((sequence) => loadOne(table, sequence, shape)));
      return new Map(found.flatMap((code) => (code ? [[code.transformation.sequence, code]] : [])));
    },
    readPreparation,
    openGiven,
    contextOf: ({ table, shape: of }, sequence, preparation, given) =>
      contextOf({ table, shape: of, direction: 'up', dryRun: false }, sequence, preparation, given),
  };
}

/** Undefined if it is not deployed, or is not valid: status and runs say why. */
async function loadOne(table: string, sequence: number, shape: FollowedTable['shape']): Promise<DeployedCode | undefined> {
  try {
    const code = await loadCode(table, { sequence, checksum: '' });
    if (code) refuseForTable(code.file, code.transformation, shape);
    return code;
  } catch (error) {
    if (error instanceof RunError && error.name === 'InvalidTransformation') return undefined;
    throw error;
  }
}
