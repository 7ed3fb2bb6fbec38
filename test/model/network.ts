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
  /** Late: its client gives up, and the server executes it this number of steps later, if its signature is still valid. */
  fault?: Fault | { lateBy: number } | undefined;
  answerLost: boolean;
}

interface LateRequest {
  request: Request;
  dueAt: number;
  sentAt: number;
  serve: () => Promise<unknown>;
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
  /** Whose requests were not all answered. */
  readonly lostAnswers = new Set<Process>();
  #nextFault: Fault | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** By how many steps a request is late; undefined if it is not. */
  lateBy: (label: string, process: Process) => number | undefined = () => undefined;
  signatureLifetimeMs = 0;
  readonly #late: LateRequest[] = [];

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
    const lateBy = this.lateBy(label, process);
    const fault = lateBy === undefined ? this.#nextFault : { lateBy };
    const request: Request = { process, label, fault, answerLost: false };
    this.#nextFault = undefined;
    if (typeof request.fault === 'object') return this.#sendLate(request, request.fault.lateBy, serve);
    this.#open.push(request);
    await this.#scheduler.step(process, 'network', `${label} arrives`);
    const served = request.fault === 'throttle' ? { error: new InjectedError('ThrottlingException') } : await settled(serve(request));
    await this.#scheduler.step(process, 'network', `${label} is answered`);
    this.#open.splice(this.#open.indexOf(request), 1);
    if (process.dead) await new Promise<never>(() => {});
    if (request.fault === 'loseAnswer') {
      request.answerLost = true;
      this.lostAnswers.add(process);
      throw new InjectedError('TimeoutError');
    }
    if ('error' in served) throw served.error;
    return served.answer;
  }

  /** Delivers what is due, unless its signature is too old. @param steps how many steps earlier than due */
  deliverLate(steps = 0): void {
    const { stepsTaken, now } = this.#scheduler;
    const due = this.#late.filter(({ dueAt }) => dueAt <= stepsTaken + steps);
    for (const late of due) {
      this.#late.splice(this.#late.indexOf(late), 1);
      const { process, label } = late.request;
      this.#scheduler.note(`${label} of ${process.name} ${now <= late.sentAt + this.signatureLifetimeMs ? 'arrives late' : 'is too old'}`);
      if (now <= late.sentAt + this.signatureLifetimeMs) void settled(late.serve());
    }
  }

  /** Nobody waits for it any more, so neither a kill nor a calm network keeps it from being done. */
  async #sendLate<Answer>(request: Request, lateBy: number, serve: (request: Request) => Promise<Answer>): Promise<Answer> {
    const { process, label } = request;
    const sender: Process = { name: `${process.name} before`, dead: false };
    const late: Request = { ...request, process: sender, fault: undefined, answerLost: true };
    const { stepsTaken, now } = this.#scheduler;
    this.#late.push({ request: late, dueAt: stepsTaken + lateBy, sentAt: now, serve: () => serve(late) });
    await this.#scheduler.step(process, 'network', `${label} gets no answer`);
    if (process.dead) await new Promise<never>(() => {});
    throw new InjectedError('TimeoutError');
  }
}

function settled<Answer>(serving: Promise<Answer>): Promise<{ answer: Answer } | { error: unknown }> {
  return serving.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
}
