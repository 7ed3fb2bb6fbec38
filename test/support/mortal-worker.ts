import type { Operation, Wire } from '../../aws/table/wire.ts';

/** Of a worker: once it is over, what the worker does has no effect, and gets no answer. */
export class Life {
  isOver = false;
  /** Resolves when it is over. */
  readonly end: Promise<void>;
  readonly dies: 'applied' | 'unsent';
  #die: () => void = () => {};

  constructor(dies: 'applied' | 'unsent') {
    this.dies = dies;
    this.end = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  over(): void {
    this.isOver = true;
    this.#die();
  }

  during<T>(work: () => Promise<T>): Promise<T> {
    return this.isOver ? new Promise(() => {}) : work();
  }
}

/** Of all workers of a run to its table, and the numbers of those at which workers die. */
export class Requests {
  readonly #deathsAt: number[];
  #sent = 0;

  constructor(deathsAt: readonly number[]) {
    this.#deathsAt = [...deathsAt];
  }

  /** @returns a function that counts a request of one worker, and returns true if the worker dies of it */
  ofWorker(): () => boolean {
    let isDoomed = false;
    return () => {
      this.#sent++;
      const [next = Number.POSITIVE_INFINITY] = this.#deathsAt;
      if (isDoomed || this.#sent < next) return false;
      this.#deathsAt.shift();
      isDoomed = true;
      return true;
    };
  }
}

/** The port of a worker that can die. */
export function mortal<Port extends object>(port: Port, life: Life): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      return typeof method === 'function' ? (...given: unknown[]) => life.during(() => Reflect.apply(method, target, given)) : method;
    },
  });
}

export function mortalWire(wire: Wire, life: Life, diesNow: () => boolean, before: (operation: Operation) => Promise<void>): Wire {
  return {
    send: (operation, body, mayWrite, patienceMs) =>
      life.during(async () => {
        const isLast = diesNow();
        await before(operation);
        if (isLast && life.dies === 'unsent') life.over();
        const answer = await life.during(() => wire.send(operation, body, mayWrite, patienceMs));
        if (isLast) life.over();
        return life.during(async () => answer);
      }),
  };
}
