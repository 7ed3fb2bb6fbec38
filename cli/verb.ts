import type { Command } from 'commander';
import type { DeployedService } from '../aws/operator/deployed-service.ts';
import type { Output } from './terminal/output.ts';

/** What somebody asked for, with what it takes to do it. */
export interface Invocation {
  /** Logical name; undefined for all tables. */
  table: string | undefined;
  /** As the verb's own options gave them. */
  options: Record<string, unknown>;
  service: DeployedService;
  output: Output;
}

/** `dynamodt <name> [Table] [options]` */
export interface Verb {
  name: string;
  /** One line, for `--help`. */
  summary: string;
  /** What follows `dynamodt ` in the example of `--help`. */
  example: string;
  /** Adds the verb's own options. */
  addOptions(command: Command): void;
  /** @returns the exit code @throws RunError, OperatorError, UsageError, and what the SDK throws */
  run(invocation: Invocation): Promise<number>;
}
