import * as z from 'zod';
import { mappingSettings as inConstruct } from '../../infra/follow/mapping-settings.ts';

/** How Lambda reads a stream: the properties of an `AWS::Lambda::EventSourceMapping`, and their defaults. */
const Properties = z.object({
  StartingPosition: z.enum(['LATEST', 'TRIM_HORIZON']),
  BatchSize: z.number().default(100),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  FunctionResponseTypes: z.array(z.string()).default([]),
  BisectBatchOnFunctionError: z.boolean().default(false),
  /** -1: without a limit. */
  MaximumRetryAttempts: z.number().default(-1),
  /** -1: without a limit. */
  MaximumRecordAgeInSeconds: z.number().default(-1),
  Enabled: z.boolean().default(true),
});

export type MappingSettings = z.infer<typeof Properties>;

/** @throws ZodError: when the properties are not those of a mapping of a stream */
export function mappingSettings(properties: unknown): MappingSettings {
  return Properties.parse(properties);
}

/** Those of the construct, by the names of CloudFormation. */
export const constructSettings: MappingSettings = mappingSettings(
  Object.fromEntries(Object.entries(inConstruct).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value])),
);
