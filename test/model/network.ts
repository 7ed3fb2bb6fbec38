import type { Process, Scheduler } from './scheduler.ts';

export const faults = ['throttle', 'throttleOne', 'conflict', 'loseAnswer', 'withoutImage'] as const;
/**
 * - throttle: the request is refused as a whole, before any of its operations is applied
 * - throttleOne, conflict: one operation in it is refused
 * - loseAnswer: all of it is done, but the answer is lost
 * - withoutImage: failed conditions come back without the present image
 */
export type Fault = (typeof faults)[number];

export interface Request {
  process: Process;
  label: string;
  fault?: Fault | undefined;
  answerLost: boolean;
}

/** An error as the SDK throws it, made by the schedule. */
export class InjectedError extends Error {
  constructor(name: string) {
    super('made by the schedule');
    this.name = name;
  }
}

/** Between the processes and the services: each request waits to arrive, and its answer waits to come back. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #open: Request[] = [];
  #nextFault: Fault | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The fault meets a request that is under way, or else the next one. */
  disturb(fault: Fault, index: number): void {
    const request = this.#open[index % Math.max(1, this.#open.length)];
    if (request) request.fault = fault;
    else this.#nextFault = fault;
  }

  /** Cancels all faults that have not occurred yet. */
  calmDown(): void {
    this.#nextFault = undefined;
    for (const request of this.#open) request.fault = undefined;
  }

  async send<Answer>(process: Process, label: string, serve: (request: Request) => Promise<Answer>): Promise<Answer> {
    const request: Request = { process, label, fault: this.#nextFault, answerLost: false };
    this.#nextFault = undefined;
    this.#open.push(request);
    await this.#scheduler.step(process, 'network', `${label} arrives`);
    const served = request.fault === 'throttle' ? { error: new InjectedError('ThrottlingException') } : await settled(serve(request));
    await this.#scheduler.step(process, 'network', `${label} is answered`);
    this.#open.splice(this.#open.indexOf(request), 1);
    if (process.dead) await new Promise<never>(() => {});
    if (request.fault === 'loseAnswer') {
      request.answerLost = true;
      throw new InjectedError('TimeoutError');
    }
    if ('error' in served) throw served.error;
    return served.answer;
  }
}

function settled<Answer>(serving: Promise<Answer>): Promise<{ answer: Answer } | { error: unknown }> {
  return serving.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
}
