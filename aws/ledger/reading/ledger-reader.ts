import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import type { Acknowledged } from '../../../core/ledger/acknowledged.ts';
import type { Checkpoint } from '../../../core/ledger/checkpoint.ts';
import type { Control } from '../../../core/ledger/control.ts';
import type { FollowControl } from '../../../core/ledger/follow.ts';
import type { Hold } from '../../../core/ledger/hold.ts';
import type { PauseAfter } from '../../../core/ledger/limits/pause-after.ts';
import type { Lock } from '../../../core/ledger/lock.ts';
import type { RefusedStart } from '../../../core/ledger/refused-start.ts';
import type { Run } from '../../../core/ledger/run.ts';
import type { RunPart } from '../../../core/ledger/run-part.ts';
import type { SettledPass } from '../../../core/ledger/settled-pass.ts';
import type { Version } from '../../../core/ledger/versions/version.ts';
import { ControlRecord } from '../control-record.ts';
import { FollowControlRecord, FollowedVersionRecord } from '../follow/follow-record.ts';
import {
  acknowledgedKey,
  checkpointKey,
  checkpointPartitionsOf,
  claimsKey,
  controlKey,
  failuresOf,
  followControlKey,
  followOf,
  holdKey,
  lockKey,
  passPrefix,
  runKey,
  seedKey,
  settledPassKey,
  toChangeOf,
} from '../ledger-keys.ts';
import {
  AcknowledgedRecord,
  CheckpointRecord,
  ClaimsRecord,
  FailureRecord,
  fromRecord,
  HoldRecord,
  LockRecord,
  PartRecord,
  RefusedStartRecord,
  RunRecord,
  SeedRecord,
  SettledPassRecord,
  ToChangeRecord,
  VersionRecord,
} from '../ledger-record.ts';
import { type AskedRecords, DirectRequests, type LedgerRequests, type RawRecord } from './ledger-requests.ts';

const maxToChange = 20;

interface QueryOptions<T> extends Omit<AskedRecords, 'pk' | 'prefix'> {
  /** What all records say of themselves. */
  owner?: Partial<T>;
}

/** What is known of a pass before its checkpoints are read. */
export interface CheckpointsAsked {
  segments?: number | undefined;
  /** The pass is settled. */
  areFinal?: boolean | undefined;
}

/** Reads the ledger, always strongly consistent. All methods may throw LedgerTooNew and LedgerDamaged. */
export class LedgerReader {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;
  readonly #requests: LedgerRequests;

  /** @param requests how records are read, if not each time from DynamoDB */
  constructor(client: DynamoDBClient, ledger: string, requests: LedgerRequests = new DirectRequests(client, ledger)) {
    this.#client = client;
    this.#ledger = ledger;
    this.#requests = requests;
  }

  lock(table: string): Promise<Lock | undefined> {
    return this.#get(LockRecord, lockKey(table), { table });
  }

  run(table: string, id: string): Promise<Run | undefined> {
    return this.#get(RunRecord, runKey(table, id), { table, id });
  }

  control(run: string): Promise<Control | undefined> {
    return this.#get(ControlRecord, controlKey(run), { run });
  }

  /** How many changes workers claimed under a limit of the run. */
  async claimed(run: string, limit: PauseAfter): Promise<number> {
    return (await this.#get(ClaimsRecord, claimsKey(run, limit), {}))?.claimed ?? 0;
  }

  checkpoint(run: string, pass: number, segment: number): Promise<Checkpoint | undefined> {
    return this.#get(CheckpointRecord, checkpointKey(run, pass, segment), { run, pass, segment });
  }

  /** In the order of their sequences. */
  versions(table: string): Promise<Version[]> {
    return this.#query(VersionRecord, `table#${table}`, 'version#', { owner: { table } });
  }

  /** How many seeds of a version runs have come to. */
  async seedPosition(table: string, sequence: number): Promise<number> {
    return (await this.#get(SeedRecord, seedKey(table, sequence), {}))?.position ?? 0;
  }

  /** What the follower of the table's stream says of itself; undefined if there never was one. */
  follower(table: string): Promise<FollowControl | undefined> {
    return this.#get(FollowControlRecord, followControlKey(table), { table });
  }

  /** How many changes a follower made for each version. */
  followedVersions(table: string): Promise<{ sequence: number; changed: number; lastAt: string }[]> {
    return this.#query(FollowedVersionRecord, followOf(table), 'version#');
  }

  acknowledged(table: string): Promise<Acknowledged | undefined> {
    return this.#get(AcknowledgedRecord, acknowledgedKey(table), { table });
  }

  /** The last hold of a table, also if it was released. */
  hold(table: string): Promise<Hold | undefined> {
    return this.#get(HoldRecord, holdKey(table), { table });
  }

  /** Newest first. */
  runs(table: string, limit = 20): Promise<Run[]> {
    return this.#query(RunRecord, `table#${table}`, 'run#', { newestFirst: true, limit, owner: { table } });
  }

  /** What the continued runs of a table were before, newest first. */
  parts(table: string, limit: number): Promise<RunPart[]> {
    return this.#query(PartRecord, `table#${table}`, 'part#', { newestFirst: true, limit, owner: { table } });
  }

  /** Newest first. */
  refusedStarts(table: string, limit: number): Promise<RefusedStart[]> {
    return this.#query(RefusedStartRecord, `table#${table}`, 'refused#', { newestFirst: true, limit, owner: { table } });
  }

  /**
   * The checkpoints of a pass, by segment.
   *
   * @param segments of the pass, if that is known: then no partition is read that can have none
   */
  async checkpoints(run: string, pass: number, { segments, areFinal }: CheckpointsAsked = {}): Promise<Map<number, Checkpoint>> {
    const partitions = await Promise.all(
      checkpointPartitionsOf(run, segments).map((pk) =>
        this.#query(CheckpointRecord, pk, passPrefix(pass), { owner: { run, pass }, areFinal }),
      ),
    );
    return new Map(partitions.flat().map((checkpoint) => [checkpoint.segment, checkpoint]));
  }

  /**
   * How many segments of a pass this code has finished, without a failed item (`isFinished`). DynamoDB counts them: a worker with little memory asks for it,
   * and ten thousand checkpoints are 13 MB.
   */
  async finishedSegments(run: string, pass: number, checksum: string): Promise<number> {
    const counts = await Promise.all(checkpointPartitionsOf(run).map((pk) => this.#countFinished(pk, passPrefix(pass), checksum)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** What stays of the settled passes of a run, in their order. */
  passes(run: string): Promise<SettledPass[]> {
    return this.#query(SettledPassRecord, settledPassKey(run, 0).pk, 'pass#');
  }

  failures(run: string, pass: number, limit = 1000): Promise<FailureRecord[]> {
    return this.#query(FailureRecord, failuresOf(run), passPrefix(pass), { limit });
  }

  /**
   * Failed items of a run's present pass, and all items of which an undo left something as it is. Each part of a journal is a pass of its own, and what
   * such a pass leaves no later one looks at.
   */
  async openFailures({ id, steps }: Pick<Run, 'id' | 'steps'>, pass: number): Promise<FailureRecord[]> {
    const undone = new Set(steps.flatMap(({ sequence, by }) => (by === 'journal' ? [sequence] : [])));
    const before = undone.size > 0 ? (await this.passes(id)).filter((settled) => settled.pass < pass && undone.has(settled.sequence)) : [];
    return (await Promise.all([pass, ...before.map((settled) => settled.pass).reverse()].map((each) => this.failures(id, each)))).flat();
  }

  /** Items that a dry run would change: up to 20 of them. */
  toChange(run: string, pass: number): Promise<ToChangeRecord[]> {
    return this.#query(ToChangeRecord, toChangeOf(run), passPrefix(pass), { limit: maxToChange });
  }

  async #get<T>(schema: z.ZodType<T>, key: { pk: string; sk: string }, owner: Partial<T>): Promise<T | undefined> {
    const item = await this.#requests.get(key);
    return item && ownRecord(schema, item, owner);
  }

  async #countFinished(pk: string, prefix: string, checksum: string): Promise<number> {
    let finished = 0;
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#ledger,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        FilterExpression: 'done = :done AND checksum = :checksum AND counters.failed = :none',
        ExpressionAttributeValues: {
          ':pk': { S: pk },
          ':prefix': { S: prefix },
          ':done': { BOOL: true },
          ':checksum': { S: checksum },
          ':none': { N: '0' },
        },
        Select: 'COUNT',
        ConsistentRead: true,
      },
    );
    for await (const { Count = 0 } of pages) finished += Count;
    return finished;
  }

  async #query<T>(schema: z.ZodType<T>, pk: string, prefix: string, { owner = {}, ...options }: QueryOptions<T> = {}): Promise<T[]> {
    const items = await this.#requests.query({ pk, prefix, ...options });
    return items.map((item) => ownRecord(schema, item, owner));
  }
}

/**
 * A record under the key of its owner. What it says of its owner decides which table is written and what is decrypted, so a record that was
 * copied under another key is refused.
 *
 * @throws TypeError
 */
function ownRecord<T>(schema: z.ZodType<T>, item: RawRecord, owner: Partial<T>): T {
  const record = fromRecord(schema, item);
  for (const name in owner)
    if (record[name] !== owner[name])
      throw new TypeError(
        `The ledger's record ${item['pk']?.S} / ${item['sk']?.S} says that its ${name} is ${record[name]}: it was not written by dynamodt. Find out who changed it, and restore it from a backup.`,
      );
  return record;
}
