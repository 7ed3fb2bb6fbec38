import { CfnEventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IDependable } from 'constructs';
import type { TeamTable } from '../team-tables.ts';
import { mappingSettings } from './mapping-settings.ts';

export interface FollowOptions {
  tables: readonly TeamTable[];
  followStream: LambdaFunction;
  /** Told of records that Lambda gave up on. */
  lostEvents: IQueue;
  /** What the function needs, so that it is not called before. */
  after: readonly IDependable[];
}

/** Calls `follow-stream` with what is written to each followed table. */
export function followStreams(parent: Construct, { tables, followStream, lostEvents, after }: FollowOptions): void {
  const scope = new Construct(parent, 'Followed');
  for (const { name, follows } of tables) {
    if (!follows) continue;
    const mapping = new CfnEventSourceMapping(scope, name, {
      functionName: followStream.functionName,
      eventSourceArn: follows.streamArn,
      ...mappingSettings,
      destinationConfig: { onFailure: { destination: lostEvents.queueArn } },
    });
    mapping.node.addDependency(followStream, ...after);
  }
}

/** Invocations at a time for all tables together. Undefined if none is followed. */
export function concurrencyOfFollowing(tables: readonly Pick<TeamTable, 'follows'>[]): number | undefined {
  const sum = tables.reduce((total, { follows }) => total + (follows?.concurrency ?? 0), 0);
  return sum === 0 ? undefined : sum;
}

/** Lambda gives all variables of a function 4,096 bytes. */
const maxSettingsBytes = 3000;

/**
 * The settings of the followed tables, for the function's environment.
 *
 * @throws Error: when they are too long for it
 */
export function followSettings(tables: readonly Pick<TeamTable, 'name' | 'follows'>[]): string {
  const followed = tables.flatMap(({ name, follows }) => {
    if (!follows) return [];
    const { streamArn: _, ...settings } = follows;
    return [[name, settings] as const];
  });
  const text = JSON.stringify(Object.fromEntries(followed));
  if (Buffer.byteLength(text) > maxSettingsBytes)
    throw new Error(
      `The settings of the ${followed.length} followed tables have ${Buffer.byteLength(text)} bytes, and the environment of a function has room for ${maxSettingsBytes} of them. Give the tables to two constructs with different names.`,
    );
  return text;
}
