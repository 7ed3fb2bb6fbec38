import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isOperatorErrorName, OperatorError } from '../../aws/operator/operator-error.ts';
import { isRunErrorName, type RecordedError, RunError } from '../../core/errors.ts';
import type { LocalFile } from '../../core/plan/local-file.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import type { BundledTable } from '../files/local-tables.ts';
import { type InHand, InHandMemory } from './in-hand.ts';
import type { AskedPlan } from './plan-options.ts';

/** What a thread plans. */
export interface PlanRequest {
  table: BundledTable;
  /** If all tables are meant, a folder without a table is no fault. */
  isAll: boolean;
  asked: AskedPlan;
}

/** What a thread is made for. */
export interface PlanThreadData {
  memory: SharedArrayBuffer;
  /** Of the deployed service. */
  service: string;
  maxSeconds: number;
}

export interface PlannedFiles {
  plan: TablePlan;
  /** To compare with what is deployed. */
  files: Pick<LocalFile, 'sequence' | 'checksum'>[];
  /** Lines that user code wrote to the console. */
  consoleLines: number;
}

export type PlanAnswer = PlannedFiles | { error: RecordedError; isAnswerOfAws: boolean };

/** Max seconds for which user code may hold the event loop, or let the loading of a file wait. */
const maxSeconds = 20;
const lookEveryMs = 250;

/**
 * Plans tables in a thread of its own, as the files of a team can block their thread for ever, end it, or fill its memory. Then the file that was
 * in hand is not valid, and a new thread plans the table without it.
 */
export class PlanThreads {
  readonly #service: string;
  readonly #maxSeconds: number;
  #thread: { worker: Worker; memory: InHandMemory } | undefined;

  constructor(service: string, limit = maxSeconds) {
    this.#service = service;
    this.#maxSeconds = limit;
  }

  /**
   * @throws RunError, OperatorError: when the table cannot be planned
   * @throws Error: when AWS refuses a request, or the thread ends without a file in hand
   */
  async plan(request: PlanRequest): Promise<PlannedFiles> {
    let { table } = request;
    for (;;) {
      const answer = await this.#ask({ ...request, table });
      if ('died' in answer) table = withoutBroken(table, answer, this.#maxSeconds);
      else if ('error' in answer) throw asThrown(answer);
      else return answer;
    }
  }

  async close(): Promise<void> {
    await this.#thread?.worker.terminate();
    this.#thread = undefined;
  }

  async #ask(request: PlanRequest): Promise<PlanAnswer | Died> {
    this.#thread ??= this.#open();
    const { worker, memory } = this.#thread;
    const { promise: answered, resolve } = Promise.withResolvers<PlanAnswer | { died: Death; cause?: string }>();
    const onMessage = (answer: PlanAnswer): void => resolve(answer);
    const onError = (error: unknown): void => resolve({ died: 'ended', cause: causeOf(error) });
    const onExit = (): void => resolve({ died: 'ended' });
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    const watch = watchBeats(memory, this.#maxSeconds, () => resolve({ died: 'hung' }));
    worker.postMessage(request);
    const answer = await answered;
    clearInterval(watch);
    worker.off('message', onMessage).off('exit', onExit);
    if (!('died' in answer)) {
      worker.off('error', onError);
      return answer;
    }
    await this.close();
    return { ...answer, inHand: memory.noted };
  }

  #open(): { worker: Worker; memory: InHandMemory } {
    const memory = new InHandMemory();
    const workerData: PlanThreadData = { memory: memory.memory, service: this.#service, maxSeconds: this.#maxSeconds };
    // What functions write beside the console must not stand in the output.
    const worker = new Worker(workerFile(), { workerData, stdout: true, stderr: false });
    worker.stdout.resume();
    return { worker, memory };
  }
}

type Death = 'hung' | 'ended';

interface Died {
  died: Death;
  cause?: string;
  inHand: InHand | undefined;
}

/** The seconds count from the first beat: before it the thread is started, which can take long where the machine has other work. */
function watchBeats(memory: InHandMemory, seconds: number, onStop: () => void): NodeJS.Timeout {
  let beats = memory.beats;
  let since = performance.now();
  return setInterval(() => {
    if (memory.beats !== beats || beats === 0) {
      beats = memory.beats;
      since = performance.now();
    }
    if (performance.now() - since > seconds * 1000) onStop();
  }, lookEveryMs);
}

/** The class of an error alone: its message may hold item data. */
function causeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it ran out of memory';
  return `${error instanceof Error ? error.name : 'something'} was thrown where nobody catches it`;
}

/** The table with the file that was in hand marked as not valid. @throws Error: when none was */
function withoutBroken(table: BundledTable, { died, cause, inHand }: Died, seconds: number): BundledTable {
  if (!inHand || !table.entries.some(({ file, problem }) => file === inHand.file && !problem))
    throw new Error(`The thread that plans ${table.table} ${died === 'hung' ? 'stopped' : 'ended'}${cause ? `: ${cause}` : ''}.`);
  const where = inHand.item === undefined ? 'while it was loaded' : `on the item with the key (${inHand.item})`;
  const why = cause === undefined ? '' : `: ${cause}`;
  const broken =
    died === 'hung'
      ? {
          name: 'TransformHung',
          message: `${inHand.file} held its thread for ${seconds} seconds ${where}, and would hold a worker for ever. Look for a loop that does not end.`,
        }
      : {
          name: 'TransformKilled',
          message: `${inHand.file} ended its thread ${where}${why}. It would end a worker.`,
        };
  return { ...table, broken: { ...table.broken, [inHand.file]: broken } };
}

/** An error that the thread met, as whoever asked would have met it. */
function asThrown({ error: { name, message, ...fields }, isAnswerOfAws }: Extract<PlanAnswer, { error: unknown }>): Error {
  if (isRunErrorName(name)) return new RunError(name, message, { fields });
  if (isOperatorErrorName(name)) return new OperatorError(name, message);
  return Object.assign(new Error(message), { name }, isAnswerOfAws ? { $metadata: {} } : {});
}

/** The source beside this file in the repository, and the build where the package is installed. */
function workerFile(): URL | string {
  const source = new URL('./plan-worker.ts', import.meta.url);
  if (import.meta.url.endsWith('.ts') && existsSync(source)) return source;
  return join(dirname(createRequire(import.meta.url).resolve('dynamodt/package.json')), 'dist/cli/plan-worker.js');
}
