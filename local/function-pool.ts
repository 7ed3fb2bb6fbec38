import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from './deploy.ts';
import { FunctionFailure } from './function-failure.ts';
import { FunctionProcess } from './function-process.ts';
import { defaultFunctionTimeout, functionTimeouts } from './function-settings.ts';
import type { Json } from './json.ts';

export interface FunctionPoolOptions {
  /** Folder of built functions, `<name>.mjs`. */
  folder: string;
  functionArn(name: string): string;
  environmentOf(name: string, deployment: Deployment): Record<string, string>;
  deployed(): Promise<Deployment>;
  timeouts: Record<string, number>;
  log(line: string): void;
}

interface Warm {
  process: FunctionProcess;
  deployment: Deployment;
  retire: NodeJS.Timeout;
}

/** Live processes at the same time; further calls wait for their turn, which callers cannot tell from a slow start. */
const mostProcesses = Math.max(4, 2 * availableParallelism());
const idleMilliseconds = 60_000;

/** Runs functions as Lambda does: each call in a process of its own, processes kept warm for the next call of the same code. */
export class FunctionPool {
  readonly #options: FunctionPoolOptions;
  readonly #live = new Set<FunctionProcess>();
  readonly #waiting: (() => void)[] = [];
  #idle: Warm[] = [];
  #turns = mostProcesses;
  #closed = false;

  constructor(options: FunctionPoolOptions) {
    this.#options = options;
  }

  /** Calls a function; `onStart` when it has got a process. Throws FunctionFailure. */
  async invoke(name: string, event: Json, onStart: () => void = () => {}): Promise<Json> {
    const file = join(this.#options.folder, `${name}.mjs`);
    const functionArn = this.#options.functionArn(name);
    if (!existsSync(file)) throw new FunctionFailure('Lambda.ResourceNotFoundException', `Function not found: ${functionArn}`);
    await this.#turn();
    try {
      const deployment = await this.#options.deployed().catch(undeployed);
      if (this.#closed) throw new FunctionFailure('Lambda.ServiceException', 'Local AWS is closing.');
      const process = this.#warmProcess(name, deployment) ?? this.#newProcess(name, file, deployment);
      onStart();
      const timeout = this.#options.timeouts[name] ?? functionTimeouts[name] ?? defaultFunctionTimeout;
      try {
        return await process.call(event, { requestId: randomUUID(), functionArn, timeout });
      } finally {
        this.#keepWarm(process, deployment);
      }
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#turns += 1;
    }
  }

  processes(): { function: string; pid: number; event?: unknown }[] {
    const live = [...this.#live].filter(({ ended }) => !ended);
    return live.map(({ function: name, pid, event }) => ({ function: name, pid, ...(event !== undefined && { event }) }));
  }

  close(): void {
    this.#closed = true;
    for (const { retire } of this.#idle) clearTimeout(retire);
    for (const process of this.#live) process.kill();
  }

  /** Waits until fewer than the most processes are at work, first come, first served. */
  async #turn(): Promise<void> {
    if (this.#turns === 0) return new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#turns -= 1;
  }

  #warmProcess(name: string, deployment: Deployment): FunctionProcess | undefined {
    // Code of an earlier deploy is never called again, nor a process that died while idle.
    for (const stale of this.#idle.filter((warm) => warm.deployment !== deployment || warm.process.ended)) this.#retire(stale);
    const warm = this.#idle.findLast(({ process }) => process.function === name);
    if (!warm) return undefined;
    this.#forget(warm);
    return warm.process;
  }

  #newProcess(name: string, file: string, deployment: Deployment): FunctionProcess {
    // Idle processes of other functions make room.
    while (this.#live.size >= mostProcesses && this.#idle[0]) this.#retire(this.#idle[0]);
    const process = new FunctionProcess(name, file, this.#options.environmentOf(name, deployment), this.#options.log);
    this.#live.add(process);
    return process;
  }

  #keepWarm(process: FunctionProcess, deployment: Deployment): void {
    if (process.ended || this.#closed) return void this.#live.delete(process);
    const warm: Warm = { process, deployment, retire: setTimeout(() => this.#retire(warm), idleMilliseconds).unref() };
    this.#idle.push(warm);
  }

  #retire(warm: Warm): void {
    this.#forget(warm);
    this.#live.delete(warm.process);
    warm.process.kill();
  }

  #forget(warm: Warm): void {
    clearTimeout(warm.retire);
    this.#idle = this.#idle.filter((other) => other !== warm);
  }
}

const undeployed = (error: unknown): never => {
  throw new FunctionFailure(
    'Lambda.ServiceException',
    `The transformations could not be deployed: ${error instanceof Error ? error.message : error}`,
  );
};
