import { fork } from 'node:child_process';
import { once } from 'node:events';
import { siblingScript } from '../sibling-script.ts';

export interface GuardedProcess {
  /** The last lines that the command wrote, for an error message. */
  lastLines(): string;
  exited: boolean;
  close(): Promise<void>;
}

/** Starts a command that ends with this process, even if this process is killed; then `folder` is removed too. */
export function startGuarded(command: string, args: string[], folder = ''): GuardedProcess {
  const guard = fork(siblingScript('guard', import.meta.url), [folder, command, ...args], {
    execArgv: [],
    env: { ...withoutAws(process.env), NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let written = '';
  for (const stream of [guard.stdout, guard.stderr]) stream?.on('data', (text) => (written = (written + text).slice(-2_000)));
  const started: GuardedProcess = {
    lastLines: () => written.trim(),
    exited: false,
    close: async () => {
      if (started.exited) return;
      const exit = once(guard, 'exit');
      guard.disconnect();
      await exit;
    },
  };
  guard.once('exit', () => {
    started.exited = true;
  });
  return started;
}

/** Environment without the user's access key, which the command does not need. */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}
