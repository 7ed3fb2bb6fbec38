import { Command, Option } from 'commander';
import type { LoadedConfig } from '../config/load-config.ts';
import { globalFlags } from './configured-flags.ts';
import { tableAsked } from './options.ts';
import type { Output } from './terminal/output.ts';
import type { Invocation, Verb } from './verb.ts';

/** Arguments that all verbs take, and the verb's own options. */
type Asked = Pick<Invocation, 'table' | 'options' | 'config'> & { name: string };

/** Builds the commander program with all verbs. Parsing ends with a CommanderError (also after help was printed) or a UsageError. */
export function commandLine(
  verbs: readonly Verb[],
  version: string,
  output: Output,
  run: (verb: Verb, asked: Asked) => Promise<void>,
  configure: (verb: Verb, command: Command) => Promise<LoadedConfig | undefined> = async () => undefined,
): Command {
  const program = new Command('dynamodt')
    .description('Changes the shape of data in live DynamoDB tables. Region, credentials and endpoint come from the usual AWS environment.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [verb]', 'print help of a verb')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.help(text), writeErr: () => undefined })
    .option('--name <name>', 'prefix of the deployed service', 'dynamodt')
    .option('--stage <name>', 'stage of dynamodt.config.ts')
    .option('--config <file>', 'the configuration, instead of dynamodt.config.ts here')
    .option('--region <name>', 'AWS region, instead of AWS_REGION')
    .option('--profile <name>', 'profile of the AWS configuration files, instead of AWS_PROFILE')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExample:\n  npx dynamodt up Users');
  for (const verb of verbs) {
    const command = program
      .command(`${verb.name} ${verb.argument ?? '[Table]'}`)
      .summary(verb.summary)
      .description(verb.summary)
      .addHelpText('after', `\nExample:\n  npx dynamodt ${verb.example}`)
      .action(async (positional: string | undefined, _, invoked: Command) => {
        const config = await configure(verb, invoked);
        const { name, table: spelled, ...all } = invoked.optsWithGlobals<{ name: string; table?: string | string[] }>();
        const options = Object.fromEntries(Object.entries(all).filter(([flag]) => !globalFlags.includes(flag)));
        if (typeof spelled !== 'object') await run(verb, { name, table: tableAsked(positional, spelled), options, config });
        else await run(verb, { name, table: positional, options: { ...options, table: spelled }, config });
      });
    verb.addOptions(command);
    // `local` has a --table of its own.
    if (!command.options.some(({ long }) => long === '--table'))
      command.addOption(new Option('--table <Table>', 'the same as the positional argument').hideHelp());
  }
  return program;
}
