import type { Command } from 'commander';
import type { DeployedService } from '../aws/operator/deployed-service.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Output } from './terminal/output.ts';

/** A parsed call of the command, with the service and the output that it uses. */
export interface Invocation {
  /** Logical name; undefined for all tables. */
  table: string | undefined;
  /** The verb's own options, as parsed. */
  options: Record<string, unknown>;
  service: DeployedService;
  output: Output;
  /** Of this package. */
  version?: string | undefined;
  /** Asks a person for a yes; undefined if nobody sits at a terminal, or the output is for a program. */
  ask?: ((question: string) => Promise<boolean>) | undefined;
  /** `dynamodt.config.ts` of the working directory, for the stage; undefined if there is none. */
  config: LoadedConfig | undefined;
}

/** `dynamodt <name> [Table] [options]` */
export interface Verb {
  name: string;
  /** One line, for `--help`. */
  summary: string;
  /** The example of `--help`, without the leading `dynamodt `. */
  example: string;
  /** What its argument is, as in `[shell]`; default `[Table]`. It reaches the verb as `table`. */
  argument?: string;
  /** True if it works without a stage although the configuration has stages, such as on files only. */
  worksWithoutStage?(options: Record<string, unknown>): boolean;
  /** Adds the verb's own options. */
  addOptions(command: Command): void;
  /**
   * Executes the verb.
   *
   * @returns the exit code
   * @throws RunError, OperatorError, UsageError, errors of the SDK: the command prints them
   */
  run(invocation: Invocation): Promise<number>;
}
