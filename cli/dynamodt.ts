import { CommanderError } from 'commander';
import { DeployedService } from '../aws/operator/deployed-service.ts';
import { commandLine } from './command-line.ts';
import { configureCommand } from './configured-flags.ts';
import { describeError } from './terminal/describe-error.ts';
import type { Output } from './terminal/output.ts';
import { UsageError } from './usage-error.ts';
import type { Invocation, Verb } from './verb.ts';
import { baseline } from './verbs/baseline.ts';
import { changes } from './verbs/changes.ts';
import { completion } from './verbs/completion.ts';
import { pause, resume, stop, throttle } from './verbs/control.ts';
import { dashboard } from './verbs/dashboard.ts';
import { deploy } from './verbs/deploy.ts';
import { doctor } from './verbs/doctor.ts';
import { down } from './verbs/down.ts';
import { follow } from './verbs/follow.ts';
import { history } from './verbs/history.ts';
import { hold, release } from './verbs/hold.ts';
import { init } from './verbs/init.ts';
import { local } from './verbs/local.ts';
import { plan } from './verbs/plan.ts';
import { prepare } from './verbs/prepare.ts';
import { repair } from './verbs/repair.ts';
import { reset } from './verbs/reset.ts';
import { squash } from './verbs/squash.ts';
import { status } from './verbs/status.ts';
import { template } from './verbs/template.ts';
import { up } from './verbs/up.ts';

/** All verbs, in the order in which `--help` lists them. */
export const verbs: readonly Verb[] = [
  init,
  plan,
  prepare,
  up,
  down,
  status,
  history,
  doctor,
  changes,
  follow,
  dashboard,
  pause,
  resume,
  throttle,
  stop,
  hold,
  release,
  repair,
  baseline,
  reset,
  squash,
  template,
  deploy,
  local,
  completion((output) => commandLine(verbs, '', output, async () => undefined)),
];

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  /** The version of this package. */
  version: string;
  output: Output;
  ask?: Invocation['ask'];
}

/**
 * Runs the command.
 *
 * @param args the command-line arguments after `dynamodt`
 * @returns the exit code: 0 if the request is done, 1 if it failed, 2 if the arguments are wrong, 130 after Ctrl-C
 */
export async function dynamodt(args: readonly string[], { env, version, output, ask }: Surroundings): Promise<number> {
  let service: DeployedService | undefined;
  let exitCode = 0;
  const run = async (verb: Verb, { name, ...asked }: Pick<Invocation, 'table' | 'options' | 'config'> & { name: string }) => {
    service = new DeployedService(name, env);
    exitCode = await verb.run({ ...asked, service, output, ask, version });
  };
  const program = commandLine(verbs, version, output, run, (verb, command) =>
    configureCommand(verb, command, verbs, { env, cwd: process.cwd() }),
  );
  try {
    await program.parseAsync(understood(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const explained = service ? await service.explained(error) : error;
    const described = describeError(explained, helpFor(args));
    output.fail(described.name, described.message);
    output.document({ error: described });
    return explained instanceof UsageError || explained instanceof CommanderError ? 2 : 1;
  } finally {
    service?.close();
  }
}

/** Without a verb, help is meant. A misspelt verb is an error also if its help is asked for, of which commander would print the general one. */
function understood(args: readonly string[]): readonly string[] {
  const verb = args[0] === 'help' ? args[1] : args[0];
  if (args.length === 0) return ['--help'];
  const isMisspelt = verb !== undefined && !verb.startsWith('-') && !['help', ...verbs.map(({ name }) => name)].includes(verb);
  return isMisspelt ? [verb] : args;
}

function helpFor([first]: readonly string[]): string {
  return verbs.some(({ name }) => name === first) ? `dynamodt ${first} --help` : 'dynamodt --help';
}
