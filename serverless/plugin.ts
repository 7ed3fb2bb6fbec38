import { resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { checkService } from './check-service.ts';
import { commands } from './commands.ts';
import { type Configuration, parseConfiguration } from './configuration.ts';
import { configuredTables } from './configured-tables.ts';
import { type Deployer, loadDeployer } from './deployer.ts';
import type { CommandOptions, Framework, PluginWriters, Provider } from './framework.ts';
import { describedStream, type StreamOf, withStreams, withStreamsToCome } from './own-streams.ts';
import { type RunCommand, runCommand } from './run-command.ts';
import type { StageService } from './service-stack.ts';
import { stageEnvironment } from './stage-environment.ts';
import { type VerbName, verbArguments } from './verb-arguments.ts';

/** The external effects of the plugin, which tests replace. */
export interface Ports {
  checkService(service: StageService, isDeployed: boolean): Promise<void>;
  loadDeployer(): Promise<Deployer>;
  runCommand: RunCommand;
  streamOf: StreamOf;
}

/** The plugin of the Serverless Framework: `sls dynamodt <verb>`, and the transformations after `sls deploy`, whose files are checked before it. */
export class DynamodtPlugin {
  /** The commands that the framework shows and runs: `sls dynamodt <verb>`. */
  readonly commands = commands;
  /** The plugin's actions, by the name of the framework's event. */
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #framework: Framework;
  readonly #options: CommandOptions;
  readonly #writers: PluginWriters;
  readonly #ports: Ports;
  readonly #provider: Provider;

  /** Called by the framework, which gives the first three arguments. */
  constructor(framework: Framework, options: CommandOptions, writers: PluginWriters, ports: Partial<Ports> = {}) {
    this.#framework = framework;
    this.#options = options;
    this.#writers = writers;
    this.#ports = { checkService, loadDeployer, runCommand, streamOf: describedStream, ...ports };
    this.#provider = framework.getProvider('aws');
    // parseConfiguration validates the configuration, with better messages.
    framework.configSchemaHandler.defineCustomProperties({ type: 'object', properties: { dynamodt: { type: 'object' } } });
    const hook = (work: () => Promise<void>) => () => work().catch((error) => Promise.reject(this.#told(error)));
    this.hooks = {
      'before:package:initialize': hook(() => this.#beforePackage()),
      'after:deploy:deploy': hook(() => this.#afterDeploy()),
      'dynamodt:init:init': hook(() => this.#verb('init')),
      'dynamodt:prepare:prepare': hook(() => this.#verb('prepare')),
      'dynamodt:up:transform': hook(() => this.#verb('up')),
      'dynamodt:down:rollback': hook(() => this.#verb('down')),
      'dynamodt:history:history': hook(() => this.#verb('history')),
      'dynamodt:status:status': hook(() => this.#verb('status')),
    };
  }

  /** Runs at the begin of `sls deploy` and `sls package`: what the service would refuse never reaches a deployed application. */
  async #beforePackage(): Promise<void> {
    const { configuration } = await this.#configured();
    const service = this.#service(configuration);
    const tables = withStreamsToCome(service.tables, service.region);
    await this.#ports.checkService({ ...service, tables }, configuration.deploy);
  }

  /**
   * Runs at the end of `sls deploy`, after the application was deployed.
   *
   * 1. Deploys the service over the stage's tables, unless the team does that itself. 2. Takes all tables up and waits for the end.
   *
   * @throws Error: when a run failed; then the deploy fails too
   */
  async #afterDeploy(): Promise<void> {
    const { configuration, config } = await this.#configured();
    if (configuration.deploy) {
      const deploy = await this.#ports.loadDeployer();
      const service = this.#service(configuration);
      this.#writers.log.notice(`dynamodt: deploying ${service.stackName}`);
      const tables = await withStreams(service.tables, this.#provider, this.#ports.streamOf);
      await deploy({ ...service, tables }, this.#provider);
    }
    if (configuration.autoRun === false) return;
    const detach = configuration.autoRun === 'detach' ? ['--detach'] : [];
    await this.#run([['up', ...detach, '--name', configuration.name]], config);
  }

  async #verb(verb: VerbName): Promise<void> {
    const { configuration, config } = await this.#configured();
    const tables = [...this.#service(configuration).tables.keys()];
    const transformations = this.#folder(configuration);
    const calls = verbArguments(verb, this.#options, { name: configuration.name, transformations, tables });
    if (calls.length === 0) this.#writers.log.notice(nothingToDo(verb));
    await this.#run(calls, config);
  }

  async #run(calls: readonly string[][], config: LoadedConfig | undefined): Promise<void> {
    // The command reads the same configuration, for the same stage.
    const env = { ...(await stageEnvironment(this.#provider, process.env)), DYNAMODT_STAGE: config?.stage };
    for (const args of calls) {
      const exitCode = await this.#ports.runCommand(args, { cwd: this.#framework.serviceDir, env });
      if (exitCode !== 0)
        throw new Error(`dynamodt ${args[0]} ended with exit code ${exitCode}; its output before this message gives the reason.`);
    }
  }

  async #configured(): Promise<{ configuration: Configuration; config: LoadedConfig | undefined }> {
    const { serviceDir, service } = this.#framework;
    const file = process.env['DYNAMODT_CONFIG'] || undefined;
    const config = await loadConfig(serviceDir, { file, stage: this.#provider.getStage(), hasOwnStages: true });
    return { configuration: parseConfiguration(service.custom?.['dynamodt'], config), config };
  }

  #service(configuration: Configuration): StageService {
    const { service, resources } = this.#framework.service;
    return {
      // The stack is named after the service and the stage: two services with one name then fail in CloudFormation instead of overwriting each other.
      stackName: `${service ?? 'service'}-dynamodt-${this.#provider.getStage()}`,
      name: configuration.name,
      region: this.#provider.getRegion(),
      transformations: this.#folder(configuration),
      tables: configuredTables(configuration, resources),
      tablesElsewhere: configuration.tablesElsewhere,
      settings: configuration.settings,
    };
  }

  #folder({ transformations }: Configuration): string {
    return resolve(this.#framework.serviceDir, transformations);
  }

  /** As an error of the framework, which shows it without a stack and ends the command with exit code 1. */
  #told(error: unknown): Error {
    const told = new this.#framework.classes.Error(error instanceof Error ? error.message : String(error), 'DYNAMODT');
    return Object.assign(told, { cause: error });
  }
}

function nothingToDo(verb: VerbName): string {
  return verb === 'init'
    ? 'dynamodt: every table has a version; `sls dynamodt init --table Users` creates the next one.'
    : 'dynamodt: no table has a transformation yet; `sls dynamodt init` creates the first one.';
}
