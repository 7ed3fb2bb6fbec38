import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ItemError } from '../../../core/errors.ts';
import type { Answer, DecidingProcess } from '../../../core/segment/careful-decider.ts';
import { environment } from '../environment.ts';
import { addMuted } from '../muted-console.ts';
import { type DecidingMessage, decidesArgument } from './serve-decisions.ts';

const lookEveryMs = 50;
/** Of loading the bundle, the team's file and its preparation. */
const maxStartMs = 60_000;
/** Lambda ends all processes of a function that uses more memory than it has, so this one is ended before. */
const memoryBytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? Number.POSITIVE_INFINITY) * 1024 * 1024;
const maxShareOfMemory = 0.85;
const bytesPerPage = 4096;

/**
 * Starts a process of the same bundle, in which `serveDecisions` answers.
 *
 * @param bundle the URL of the bundle
 * @param subject what the process binds the code by
 */
export function openDecidingProcess<Asked extends object, Decision>(bundle: string, subject: object): DecidingProcess<Asked, Decision> {
  const child = fork(fileURLToPath(bundle), [decidesArgument], { serialization: 'advanced' });
  child.send(subject);
  return new Process(child);
}

class Process<Asked extends object, Decision> implements DecidingProcess<Asked, Decision> {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  #looksWithoutBeat = 0;
  /** Set once the process can decide nothing any more. */
  #over: Answer<Decision> | undefined;
  /** Set once the process could not be started, or could not load or bind the code. */
  #fault: Error | undefined;
  #answer: (answer: Answer<Decision> | Error) => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: DecidingMessage<Decision>) => this.#receive(message));
    child.on('error', (error) => this.#fail(error));
    child.on('exit', (code, signal) => this.#end({ kind: 'ended', cause: signal ? inWords(signal) : `it exited with code ${code}` }));
  }

  async started(): Promise<void> {
    const late = setTimeout(() => this.#fail(new Error('The process that runs the code of the team did not start.')), maxStartMs);
    await this.#ready.promise;
    clearTimeout(late);
  }

  async decide(asked: Asked): Promise<Answer<Decision>> {
    await this.started();
    if (this.#fault) throw this.#fault;
    if (this.#over) return this.#over;
    const { promise, resolve } = Promise.withResolvers<Answer<Decision> | Error>();
    this.#answer = resolve;
    this.#looksWithoutBeat = 0;
    const watch = setInterval(() => this.#look(), lookEveryMs);
    // If sending fails, the process has ended, which its exit event reports.
    this.#child.send(asked, () => {});
    const answer = await promise;
    clearInterval(watch);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async close(): Promise<void> {
    this.#child.removeAllListeners('message');
    this.#child.kill('SIGKILL');
  }

  #receive(message: DecidingMessage<Decision>): void {
    switch (message.kind) {
      case 'ready':
        this.#ready.resolve();
        break;
      case 'beat':
        this.#looksWithoutBeat = 0;
        break;
      case 'muted':
        addMuted(message.calls);
        break;
      case 'decided':
        this.#answer(message);
        break;
      case 'failed':
        this.#answer({
          kind: 'failed',
          error: new ItemError(message.name, message.text, message.details),
          readUnits: message.readUnits,
        });
        break;
      case 'broken':
        this.#fail(Object.assign(new Error(message.text), { name: message.name }));
        break;
      case 'ended':
        this.#end(message);
    }
  }

  #end(over: Answer<Decision>): void {
    this.#over ??= over;
    this.#ready.resolve();
    this.#answer(this.#over);
  }

  #fail(fault: Error): void {
    this.#fault ??= fault;
    this.#ready.resolve();
    this.#answer(fault);
  }

  /** Seconds are counted in looks, so that the time for which Lambda freezes its processes does not count. */
  #look(): void {
    this.#looksWithoutBeat++;
    const seconds = environment.maxHeldSeconds;
    if (this.#looksWithoutBeat * lookEveryMs >= seconds * 1000) this.#end({ kind: 'hung', seconds });
    if (residentBytes(this.#child.pid) > maxShareOfMemory * memoryBytes) this.#end({ kind: 'ended', cause: 'it ran out of memory' });
  }
}

/** 0 if this system does not tell it: Lambda's does. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * bytesPerPage;
  } catch {
    return 0;
  }
}

/** V8 aborts a process whose heap is full. */
function inWords(signal: NodeJS.Signals): string {
  return signal === 'SIGABRT' ? 'it ran out of memory' : `it was ended by ${signal}`;
}
