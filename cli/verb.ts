import type { Command } from 'commander';
import type { DeployedService } from '../aws/operator/deployed-service.ts';
import type { Output } from './terminal/output.ts';

/** A parsed call of the command, with the service and the output it uses. */
export interface Invocation {
  /** Logical name; undefined for all tables. */
  table: string | undefined;
  /** The verb's own options, as parsed. */
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
