import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  RedriveExecutionCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import type { DynamodtCommand } from '../../demo/dynamodt-command.ts';
import type { Random } from '../../demo/pseudo-random.ts';

/** What an operator does to a run. */
type Act = 'pause' | 'stop' | 'throttle' | 'abort' | 'leave';

/** What `up --detach --json` prints. */
const Started = z.object({ execution: z.string() });

const acts: readonly Act[] = ['pause', 'throttle', 'stop', 'abort', 'leave', 'leave'];
/** How busy an operator is. */
export interface Zeal {
  /** Starts and redrives after which the operator stops and aborts no more: then the run must end, also while workers are killed. */
  maxInterrupted: number;
  /** Max milliseconds between two acts. */
  maxMsBetween: number;
}

const usualZeal: Zeal = { maxInterrupted: 12, maxMsBetween: 6500 };
const harmless: readonly Act[] = ['pause', 'throttle', 'leave', 'leave'];
/** Starts and redrives of one run. More of them mean that it makes no progress. */
const maxTries = 20;
/** Minutes of one try that nobody interrupts. A state waits a few minutes before it tries again what AWS refused. */
const maxMinutes = 10;
const pollMs = 200;

/** How a run came to its end. */
export interface Drive {
  succeeded: boolean;
  starts: number;
  redrives: number;
  /** Names of the errors by which its executions ended. */
  errors: string[];
  /** What the operator did, and how executions ended, in their order. */
  story: string[];
}

/** An operator who pauses, throttles, stops, aborts, redrives and starts again until the run has succeeded. */
export class Operator {
  readonly counts = new Map<string, number>();
  readonly #dynamodt: DynamodtCommand;
  readonly #sfn: SFNClient;
  readonly #random: Random;
  readonly #zeal: Zeal;

  constructor(dynamodt: DynamodtCommand, sfn: SFNClient, random: Random, zeal = usualZeal) {
    this.#zeal = zeal;
    this.#dynamodt = dynamodt;
    this.#sfn = sfn;
    this.#random = random;
  }

  /**
   * @param args such as `['down', 'Cities', '--to', '1']`
   * @returns after the run succeeded, or when it makes no progress
   */
  async drive(table: string, args: readonly string[]): Promise<Drive> {
    const drive: Drive = { succeeded: false, starts: 0, redrives: 0, errors: [], story: [] };
    let execution: string | undefined;
    for (let tries = 0; tries < maxTries; tries++) {
      execution = execution === undefined || this.#random() < 0.5 ? await this.#start(args, drive) : await this.#redrive(execution, drive);
      if (execution === undefined) continue;
      const ended = await this.#disturb(table, execution, tries < this.#zeal.maxInterrupted ? acts : harmless, drive.story);
      drive.story.push(ended?.error ?? ended?.status ?? 'goes on');
      if (!ended) return drive;
      if (ended.status === 'SUCCEEDED') return { ...drive, succeeded: true };
      drive.errors.push(ended.error ?? ended.status ?? '');
    }
    return drive;
  }

  async #start(args: readonly string[], drive: Drive): Promise<string | undefined> {
    drive.starts++;
    drive.story.push('start');
    const { document } = await this.#command(...args, '--detach');
    return Started.safeParse(document).data?.execution;
  }

  /** Only an execution that failed can be redriven; another one needs a start. */
  async #redrive(executionArn: string, drive: Drive): Promise<string | undefined> {
    try {
      await this.#sfn.send(new RedriveExecutionCommand({ executionArn }));
      drive.redrives++;
      drive.story.push('redrive');
      return executionArn;
    } catch {
      return undefined;
    }
  }

  /** Acts on an execution from time to time until it ends. @returns undefined if it goes on for too long */
  async #disturb(
    table: string,
    executionArn: string,
    mayDo: readonly Act[],
    story: string[],
  ): Promise<DescribeExecutionOutput | undefined> {
    const until = performance.now() + maxMinutes * 60_000;
    while (performance.now() < until) {
      const ended = await this.#endedWithin(executionArn, 500 + this.#random() * (this.#zeal.maxMsBetween - 500));
      if (ended) return ended;
      const act = mayDo[Math.floor(this.#random() * mayDo.length)] ?? 'leave';
      if (act !== 'leave') story.push(act);
      switch (act) {
        case 'pause':
          await this.#command('pause', table);
          await sleep(this.#random() * 3000);
          await this.#command('resume', table);
          break;
        case 'throttle':
          await this.#command('throttle', table, '--write-units', String(200 + Math.floor(this.#random() * 2000)));
          break;
        case 'stop':
          await this.#command('stop', table);
          break;
        case 'abort':
          this.#count('abort');
          await this.#sfn.send(new StopExecutionCommand({ executionArn }));
          break;
        default:
      }
    }
    return undefined;
  }

  async #endedWithin(executionArn: string, milliseconds: number): Promise<DescribeExecutionOutput | undefined> {
    const until = performance.now() + milliseconds;
    while (performance.now() < until) {
      const execution = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await sleep(pollMs);
    }
    return undefined;
  }

  async #command(...args: string[]) {
    this.#count(args[0] ?? '');
    return this.#dynamodt.run(...args);
  }

  #count(act: string): void {
    this.counts.set(act, (this.counts.get(act) ?? 0) + 1);
  }
}
