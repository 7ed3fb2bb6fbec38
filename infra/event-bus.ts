import { Arn, type Stack } from 'aws-cdk-lib';
import type { DynamodtProps } from './dynamodt-props.ts';

/** The bus that gets events of runs. */
export interface UsedBus {
  arn: string;
  /** Name or ARN, as PutEvents takes it. */
  name: string;
  /** As rules take it; undefined for the account's default bus. */
  bus: Exclude<DynamodtProps['events'], boolean | undefined> | undefined;
}

/** @returns undefined if no events are wanted */
export function usedBus(stack: Stack, events: DynamodtProps['events'] = true): UsedBus | undefined {
  if (events === false) return undefined;
  if (events !== true) return { arn: events.eventBusArn, name: events.eventBusArn, bus: events };
  return { arn: Arn.format({ service: 'events', resource: 'event-bus', resourceName: 'default' }, stack), name: 'default', bus: undefined };
}
