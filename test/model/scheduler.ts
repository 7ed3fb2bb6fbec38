import type { Clock } from '../../core/clock.ts';
import { pseudoRandom } from '../../demo/pseudo-random.ts';

/** A worker's process. A dead one never continues, but requests that it has sent may still arrive. */
export interface Process {
  name: string;
  dead: boolean;
  /** It does nothing until then: its container is frozen. */
  frozenUntil?: number;
}

interface Step {
  process: Process;
  /** Where the step happens: inside the process, or beyond it. */
  place: 'process' | 'network';
  label: string;
  since: number;
  go: () => void;
}

interface Timer {
  process: Process;
  at: number;
  go: () => void;
}

/** What a process can do at once is not put off for longer: a function would count as one that never returns. */
const maxProcessMs = 10_000;

/** Controls time and order: all asynchronous steps wait here until the schedule selects them. */
export class Scheduler {
  /** Milliseconds. */
  now = 1_000_000;
  stepsTaken = 0;
  readonly trace: string[] = [];
  /** How long a step beyond a process is put off: a client gives up after that. */
  maxNetworkMs = Number.POSITIVE_INFINITY;
  #steps: Step[] = [];
  #timers: Timer[] = [];
  readonly #chance: () => number;
  #fifo: boolean;

  /** @param order chooses the next step; 0 chooses the one that waits longest */
  constructor(order: number) {
    this.#chance = pseudoRandom(order);
    this.#fifo = order === 0;
  }

  /** From now on the step that waits longest is always next. */
  calmDown(): void {
    this.#fifo = true;
  }

  note(text: string): void {
    this.trace.push(`${String(this.stepsTaken).padStart(4)}  ${text}`);
  }

  /** Suspends the caller until its turn. */
  step(process: Process, place: Step['place'], label: string): Promise<void> {
    return new Promise((go) => this.#steps.push({ process, place, label, since: this.now, go }));
  }

  clockOf(process: Process): Clock {
    return {
      monotonic: () => this.now,
      wall: () => this.now,
      sleep: (milliseconds) => new Promise((go) => this.#timers.push({ process, at: this.now + milliseconds, go })),
      random: () => (this.#fifo ? 0.5 : this.#chance()),
    };
  }

  /** Kills the process. Requests that it has sent arrive, or are dropped. */
  kill(process: Process, inFlight: 'arrives' | 'dropped'): void {
    process.dead = true;
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
    this.#steps = this.#steps.filter((step) => step.process !== process || (step.place === 'network' && inFlight === 'arrives'));
  }

  /** Lets one go on, and waits until all that follows from it waits again. False if no step was waiting. */
  async goOn(): Promise<boolean> {
    if (this.#steps.length + this.#timers.length === 0) await settled();
    const ready = this.#steps.filter((step) => !this.#isFrozen(step));
    const candidates = ready.length + (this.#timers.length > 0 ? 1 : 0);
    if (candidates === 0 && this.#steps.length === 0) return false;
    this.stepsTaken++;
    const chosen = this.#fifo ? 0 : Math.floor(this.#chance() * candidates);
    const step = ready[chosen < ready.length ? chosen : this.#overdue(ready)];
    if (step) this.#steps.splice(this.#steps.indexOf(step), 1);
    if (step) {
      this.note(`${step.process.name}: ${step.label}`);
      step.go();
    } else if (this.#timers.length > 0) this.#wakeNext();
    else this.now = Math.min(...this.#steps.map(({ process }) => process.frozenUntil ?? this.now));
    await settled();
    return true;
  }

  /** The index of the step that must continue before more time passes; beyond the last index if there is none. */
  #overdue(ready: readonly Step[]): number {
    const wakesAt = Math.max(this.now, Math.min(...this.#timers.map(({ at }) => at)));
    const index = ready.findIndex(({ place, since }) =>
      place === 'process' ? this.now - since >= maxProcessMs : wakesAt - since > this.maxNetworkMs,
    );
    return index === -1 ? ready.length : index;
  }

  #isFrozen({ process, place }: Step): boolean {
    return place === 'process' && this.now < (process.frozenUntil ?? 0);
  }

  #wakeNext(): void {
    this.#timers.sort((a, b) => a.at - b.at);
    const timer = this.#timers.shift();
    if (!timer) return;
    this.now = Math.max(this.now, timer.at);
    this.note(`${timer.process.name}: wakes at ${this.now}`);
    timer.go();
  }
}

/** All microtasks are done when the event loop comes to its next phase; nothing here uses anything else of the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
