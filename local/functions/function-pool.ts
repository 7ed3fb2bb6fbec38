import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { deployedFunctions } from '../../infra/deployed-functions.ts';
import type { Deployment } from '../deploy/deployer.ts';
import type { Json } from '../json.ts';
import type { Names } from '../names.ts';
import { FunctionProcess } from './function-process.ts';
import { carriesTransformations, defaultFunctionTimeout, functionTimeouts } from './function-settings.ts';
import { InvocationRefused } from './invocation-refused.ts';
import { Turns } from './turns.ts';

export interface FunctionPoolOptions {
  has(name: string): boolean;
  /** The file that exports the handler. */
  fileOf(name: string, deployment: Deployment): string;
  names: Pick<Names, 'functionArn' | 'functionNamed'>;
  environmentOf(name: string, deployment: Deployment): Record<string, string>;
  /** The deployment that a call runs with; undefined if there is no such version. Without a version it is the newest. */
  deployed(version: string | undefined): Promise<Deployment | undefined>;
  timeouts: Record<string, number>;
  /** Max concurrent calls of one function. Further calls wait; for a caller that is the same as a slow start. */
  maxProcesses?: number | undefined;
  /** Ms that a call waits for a process that works on another, before one more is started for it; if left out, 0. */
  patienceMs?: number | undefined;
  /** True if Lambda throttles a call. */
  throttle?: ((name: string, event: Json) => boolean) | undefined;
  log(line: string): void;
}

export interface CallOptions {
  /** Called when a process starts to work on the call. */
  onStart?: () => void;
  /** Ends the wait for a process; a function that has begun continues. */
  signal?: AbortSignal;
}

interface Warm {
  process: FunctionProcess;
  deployment: Deployment;
  retire: NodeJS.Timeout;
}

const defaultMaxProcesses = Math.max(4, 2 * availableParallelism());
/** Processes of all functions together up to which none is ended to make room, so that each function can stay warm. */
const minLive = Object.keys(deployedFunctions).length;
const idleMilliseconds = 60_000;

/** Runs functions as Lambda does: one call at a time in each process; a process stays warm for the next call of the same code. */
export class FunctionPool {
  readonly #options: FunctionPoolOptions;
  readonly #live = new Set<FunctionProcess>();
  readonly #turns = new Map<string, Turns>();
  readonly #maxProcesses: number;
  #idle: Warm[] = [];
  #closed = false;

  constructor(options: FunctionPoolOptions) {
    this.#options = options;
    this.#maxProcesses = options.maxProcesses ?? defaultMaxProcesses;
  }

  /**
   * Calls the function that an ARN or name identifies: see `Names`.
   *
   * @throws FunctionFailure, InvocationRefused: as `invoke`.
   */
  async invokeNamed(text: string, event: Json, options?: CallOptions): Promise<Json> {
    const { name, version } = this.checkNamed(text);
    return this.invoke(name, event, { ...options, version });
  }

  /**
   * The function that an ARN or name identifies.
   *
   * @throws InvocationRefused ResourceNotFoundException: when there is no such function.
   */
  checkNamed(text: string): { name: string; version: string | undefined } {
    const named = this.#options.names.functionNamed(text);
    if (named !== undefined && this.has(named.name)) return named;
    throw notFound(named === undefined ? text : this.#options.names.functionArn(named.name));
  }

  /**
   * Calls a function.
   *
   * @throws FunctionFailure: when the function fails, dies or times out.
   * @throws InvocationRefused: when there is no such function, it is throttled, or its code could not be deployed.
   * @throws the reason of the signal: when it aborts before the function begins.
   */
  async invoke(
    name: string,
    event: Json,
    { onStart, signal, version }: CallOptions & { version?: string | undefined } = {},
  ): Promise<Json> {
    const functionArn = this.#options.names.functionArn(name);
    if (!this.has(name)) throw notFound(functionArn);
    if (this.#options.throttle?.(name, event)) throw new InvocationRefused('TooManyRequestsException', 429, 'Rate Exceeded.');
    const turns = this.#turnsOf(name);
    await turns.take(signal, this.#liveOf(name));
    try {
      const deployment = await this.#options.deployed(version).catch(undeployed);
      if (!deployment) throw notFound(`${functionArn}:${version}`);
      if (this.#closed) throw new InvocationRefused('ServiceException', 500, 'Local AWS is closing.');
      signal?.throwIfAborted();
      const process = this.#warmProcess(name, deployment) ?? this.#newProcess(name, deployment);
      onStart?.();
      const timeout = this.#options.timeouts[name] ?? functionTimeouts[name] ?? defaultFunctionTimeout;
      try {
        return await process.call(event, { requestId: randomUUID(), functionArn, timeout });
      } finally {
        this.#keepWarm(process, deployment);
      }
    } finally {
      turns.giveBack();
    }
  }

  has(name: string): boolean {
    return this.#options.has(name);
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

  #liveOf(name: string): number {
    return [...this.#live].filter((process) => process.function === name && !process.ended).length;
  }

  #turnsOf(name: string): Turns {
    const turns = this.#turns.get(name) ?? new Turns(this.#maxProcesses, this.#options.patienceMs);
    this.#turns.set(name, turns);
    return turns;
  }

  #warmProcess(name: string, deployment: Deployment): FunctionProcess | undefined {
    // A process with the code of an earlier deploy, or one that died while idle, is never used again.
    for (const stale of this.#idle.filter((warm) => isStale(warm, deployment))) this.#retire(stale);
    const warm = this.#idle.findLast(({ process }) => process.function === name);
    if (!warm) return undefined;
    this.#forget(warm);
    return warm.process;
  }

  #newProcess(name: string, deployment: Deployment): FunctionProcess {
    // Idle processes of other functions are ended to make room.
    const maxLive = Math.max(minLive, defaultMaxProcesses, this.#maxProcesses);
    while (this.#live.size >= maxLive && this.#idle[0]) this.#retire(this.#idle[0]);
    const done = carriesTransformations(name) ? deployment.use() : () => {};
    const { fileOf, environmentOf, log } = this.#options;
    const process = new FunctionProcess(name, fileOf(name, deployment), environmentOf(name, deployment), log, done);
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

/** A deploy of transformations changes only functions that contain them. */
function isStale({ process, deployment }: Warm, current: Deployment): boolean {
  return process.ended || (deployment !== current && carriesTransformations(process.function));
}

function notFound(named: string): InvocationRefused {
  return new InvocationRefused('ResourceNotFoundException', 404, `Function not found: ${named}`);
}

function undeployed(error: unknown): never {
  const reason = error instanceof Error ? error.message : error;
  throw new InvocationRefused('ServiceException', 500, `The transformations could not be deployed: ${reason}`);
}
