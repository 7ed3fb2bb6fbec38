import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const packageRoot = join(import.meta.dirname, '..');
const program = join(packageRoot, 'dist', 'cli', 'main.js');

/** Runs the real command in a separate process, as an operator would, against an AWS at this address. */
export class DynamodtCommand {
  readonly #endpoint: string;
  readonly #signal: AbortSignal;

  constructor(endpoint: string, signal: AbortSignal) {
    if (!existsSync(program)) throw new Error('The command is not built. Run: npm run build');
    this.#endpoint = endpoint;
    this.#signal = signal;
  }

  /** Runs it on this terminal, live progress and all. Resolves with its exit code. */
  show(...args: string[]): Promise<number> {
    return this.#exitCode(this.#spawn(args, 'inherit'));
  }

  /** Runs it with `--json` and returns the document it prints. Throws if it fails. */
  async read(...args: string[]): Promise<unknown> {
    const { exitCode, document } = await this.run(...args);
    if (exitCode !== 0) throw new Error(`dynamodt ${args.join(' ')} --json ended with ${exitCode}.`);
    return document;
  }

  /** Runs it with `--json`. Resolves also if it fails; then the document says why. */
  async run(...args: string[]): Promise<{ exitCode: number; document: unknown }> {
    const child = this.#spawn([...args, '--json'], 'pipe');
    const [exitCode, output] = await Promise.all([this.#exitCode(child), child.stdout ? text(child.stdout) : '']);
    return { exitCode, document: output === '' ? undefined : JSON.parse(output) };
  }

  #spawn(args: string[], stdout: 'inherit' | 'pipe') {
    return spawn(process.execPath, [program, ...args], {
      cwd: packageRoot,
      stdio: ['ignore', stdout, 'inherit'],
      signal: this.#signal,
      killSignal: 'SIGINT',
      env: {
        ...withoutAws(process.env),
        AWS_ENDPOINT_URL: this.#endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
    });
  }

  #exitCode(child: ReturnType<typeof spawn>): Promise<number> {
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  }
}

/** The environment without the user's AWS settings, so that the demo never accesses a real account. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}
