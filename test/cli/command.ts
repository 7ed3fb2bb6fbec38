import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../infra/package-root.ts';

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** What the command needs to know of a service: a local AWS, or an imitation of another one. */
interface Called {
  name: string;
  aws: { url: string };
}

const program = join(packageRoot, 'dist/cli/main.js');

/** Starts the command in a process of its own, as somebody at a terminal would whose environment points to the service. */
export function startCommand(service: Called, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [program, ...args, '--name', service.name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      AWS_ENDPOINT_URL: service.aws.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  const ended = new Promise<Ended>((resolve) => child.once('close', (exitCode) => resolve({ exitCode, ...printed })));
  return { child, ended };
}

export function runCommand(service: Called, ...args: string[]): Promise<Ended> {
  return startCommand(service, args).ended;
}

/** Runs it with `--json`. Fails where stdout is not one JSON document. */
export async function runForJson(service: Called, ...args: string[]) {
  const { exitCode, stdout, stderr } = await runCommand(service, ...args, '--json');
  return { exitCode, document: JSON.parse(stdout), stderr };
}
