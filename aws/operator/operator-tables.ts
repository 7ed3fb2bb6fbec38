import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RunError } from '../../core/errors.ts';
import type { LookupPort } from '../../core/lookup/lookup-port.ts';
import type { TableProfile } from '../../core/plan/estimate/table-profile.ts';
import type { Scope } from '../../core/transformation/scope.ts';
import { unknownTable } from '../../core/unknown-table.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { executedByPredecessor, predecessorRecords } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { LookupTables } from '../lookups/lookup-tables.ts';
import { readOnlyDocumentClient } from '../lookups/read-only-document-client.ts';
import { type Ages, Remembered } from '../remembered.ts';
import { type RandomSample, readRandomSample } from '../table/random-sample.ts';
import { readItems } from '../table/read-items.ts';
import { readPredecessorItems } from '../table/read-predecessor-items.ts';
import { scanItems } from '../table/scan-items.ts';
import { readScopeSample, type ScopeSample } from '../table/scope-sample.ts';
import { SignedWire } from '../table/signed-wire.ts';
import { readTableDetails, type TableDetails } from '../table/table-details.ts';
import { readTableHealth, type TableHealth } from '../table/table-health.ts';
import { readTableProfile } from '../table/table-profile.ts';
import type { OperatorPlace } from './operator-place.ts';

/** Tables by their physical names, read with the operator's own permissions. */
export class OperatorTables {
  readonly #place: OperatorPlace;
  readonly #dynamodb: DynamoDBClient;
  readonly #ages: Ages;
  readonly #details = new Remembered<TableDetails | undefined>();
  /** Clients of their own: making one read-only makes it so for all its users. */
  #lookups: OperatorPlace | undefined;
  #documentClient: DynamoDBDocumentClient | undefined;
  #lookupPort: LookupPort | undefined;

  constructor(place: OperatorPlace, ages: Ages) {
    this.#place = place;
    this.#dynamodb = place.dynamodb;
    this.#ages = ages;
  }

  /** As DescribeTable shows it; undefined if there is no such table, or DescribeTable is not allowed. */
  details(tableName: string): Promise<TableDetails | undefined> {
    return this.#described(tableName).catch(() => undefined);
  }

  /** The approximate number of items; undefined if it is unknown, or DescribeTable is not allowed. */
  async itemCount(tableName: string): Promise<number | undefined> {
    return (await this.details(tableName))?.items || undefined;
  }

  /** The id of a table; undefined if DynamoDB does not tell it. @throws RunError UnknownTable */
  async id(tableName: string): Promise<string | undefined> {
    return known(tableName, await this.#described(tableName)).tableId;
  }

  /** Keys and indexes of a table. @throws RunError UnknownTable */
  async shapeOf(tableName: string): Promise<TableShape> {
    return known(tableName, await this.#described(tableName)).shape;
  }

  /** The profile of a table; undefined if there is no such table. */
  profile(tableName: string): Promise<TableProfile | undefined> {
    return readTableProfile(this.#dynamodb, tableName);
  }

  /** Settings of a table that decide how safe a run is; undefined if there is no such table. */
  health(tableName: string): Promise<TableHealth | undefined> {
    return readTableHealth(this.#dynamodb, tableName);
  }

  /** About `count` items from random places of a table. */
  sample({ shape, items }: TableProfile, count: number): Promise<RandomSample> {
    return readRandomSample(this.#dynamodb, shape, count, items, Math.random);
  }

  /** About `count` items of a scope. */
  scopeSample({ shape }: TableProfile, scope: Scope, count: number): Promise<ScopeSample> {
    return readScopeSample(this.#dynamodb, shape, count, scope);
  }

  /** Those of up to 100 items that exist. */
  items({ shape }: Pick<TableProfile, 'shape'>, keys: readonly Image[]): Promise<Image[]> {
    return readItems(this.#dynamodb, shape, keys);
  }

  /** All items of a table. @throws RunError UnknownTable */
  async *scan(tableName: string, attributes: readonly string[] | undefined) {
    yield* scanItems(this.#dynamodb, await this.shapeOf(tableName), attributes);
  }

  /**
   * The sequences that dynamo-data-transform has applied to a table.
   *
   * @throws RunError UnknownTable
   * @throws RunError InvalidInput: when it has recorded none
   */
  async executedByPredecessor(tableName: string): Promise<number[]> {
    const shape = await this.shapeOf(tableName);
    const items = await readPredecessorItems(this.#dynamodb, shape);
    if (items.length > 0) return executedByPredecessor(items);
    const why =
      predecessorRecords(shape).length > 0
        ? 'has no item whose key is "DataTransformations"'
        : 'has a key that is not a string, so that it cannot hold the item "DataTransformations"';
    throw new RunError(
      'InvalidInput',
      `Table "${tableName}" ${why}: dynamo-data-transform has recorded nothing there. Say with --to which versions are in the table.`,
      { fields: { tableName } },
    );
  }

  /** The same for a table that is described already; empty if dynamo-data-transform has recorded nothing. @throws RunError InvalidInput */
  async recordedByPredecessor(shape: TableShape): Promise<number[]> {
    return executedByPredecessor(await readPredecessorItems(this.#dynamodb, shape));
  }

  /** The read-only client for the team's functions. */
  get documentClient(): DynamoDBDocumentClient {
    this.#lookups ??= this.#place.anew();
    this.#documentClient ??= readOnlyDocumentClient(this.#lookups.dynamodb);
    return this.#documentClient;
  }

  /** Reads tables by `context.look`. */
  get lookupPort(): LookupPort {
    this.#lookupPort ??= new LookupTables(this.#dynamodb, new SignedWire(this.#dynamodb));
    return this.#lookupPort;
  }

  close(): void {
    this.#lookups?.close();
  }

  #described(tableName: string): Promise<TableDetails | undefined> {
    return this.#details.get(tableName, this.#ages.settled, () => readTableDetails(this.#dynamodb, tableName));
  }
}

/** @throws RunError UnknownTable */
function known(tableName: string, details: TableDetails | undefined): TableDetails {
  if (details) return details;
  throw unknownTable(tableName, undefined, 'AWS_REGION and AWS_PROFILE');
}
