import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../demo/pseudo-random.ts';
import type { LocalAws } from '../../local/local-aws.ts';

/** Longer than a lease, so that a frozen worker can be left behind and wake up as a zombie. */
const maxFrozenMs = 8000;
const usualMaxMsBetween = 4000;
/** Fewer at work are chosen more seldom: one that is left alone must live long enough to save what it did, every three seconds. */
const usuallyAtWork = 4;

/** Kills and freezes workers by chance. */
export class WorkerDisturbance {
  kills = 0;
  freezes = 0;
  readonly #aws: Pick<LocalAws, 'functionProcesses'>;
  readonly #random: Random;
  readonly #favourite: string | undefined;
  readonly #maxMsBetween: number;
  readonly #frozen = new Map<number, Promise<void>>();

  /** By function. */
  readonly victims = new Map<string, number>();

  /**
   * @param favourite a function that is chosen half of the time, if it works
   * @param maxMsBetween max milliseconds between two victims
   */
  constructor(
    aws: Pick<LocalAws, 'functionProcesses'>,
    random: Random,
    { favourite, maxMsBetween = usualMaxMsBetween }: { favourite?: string; maxMsBetween?: number } = {},
  ) {
    this.#maxMsBetween = maxMsBetween;
    this.#aws = aws;
    this.#random = random;
    this.#favourite = favourite;
  }

  /** Resolves after `signal` was aborted and no worker is frozen. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#random() * this.#maxMsBetween);
      const victim = this.#choose();
      if (!victim || signal.aborted) continue;
      this.victims.set(victim.function, (this.victims.get(victim.function) ?? 0) + 1);
      if (this.#random() < 0.6) this.#kill(victim.pid);
      else this.#freeze(victim.pid);
    }
    await Promise.all(this.#frozen.values());
  }

  #choose() {
    const working = this.#aws.functionProcesses().filter(({ event }) => event !== undefined);
    const favourites = working.filter(({ function: name }) => name === this.#favourite);
    const of = favourites.length > 0 && this.#random() < 0.5 ? favourites : working;
    return of[Math.floor(this.#random() * Math.max(usuallyAtWork, of.length))];
  }

  #kill(pid: number): void {
    if (sendSignal(pid, 'SIGKILL')) this.kills++;
  }

  #freeze(pid: number): void {
    if (this.#frozen.has(pid) || !sendSignal(pid, 'SIGSTOP')) return;
    this.freezes++;
    const thawed = sleep(this.#random() * maxFrozenMs).then(() => {
      sendSignal(pid, 'SIGCONT');
      this.#frozen.delete(pid);
    });
    this.#frozen.set(pid, thawed);
  }
}

/** @returns false if the process has ended already */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
