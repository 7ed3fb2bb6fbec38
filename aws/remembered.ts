/** Max age of a remembered answer in milliseconds, for each kind of answer. With 0, each call sends a request. */
export interface Ages {
  /** What Step Functions says of an execution. */
  saves: number;
  /** What changes seldom: the catalog, and what an execution waits for. */
  decided: number;
  /** Tables as DescribeTable shows them, whose numbers are hours old. */
  settled: number;
}

export const askEachTime: Ages = { saves: 0, decided: 0, settled: 0 };

/** Above this number, answers that are too old are dropped. */
const maxAnswers = 1000;

/** Answers of requests that are asked again and again. Those who ask at the same time share one request; one that failed is asked again. */
export class Remembered<T> {
  readonly #answers = new Map<string, { value: Promise<T>; at: number; ageMs: number }>();

  get(key: string, ageMs: number, ask: () => Promise<T>): Promise<T> {
    if (ageMs <= 0) return ask();
    const now = performance.now();
    const known = this.#answers.get(key);
    if (known && now - known.at < ageMs) return known.value;
    if (this.#answers.size > maxAnswers) this.#dropOld(now);
    const value = ask();
    this.#answers.set(key, { value, at: now, ageMs });
    value.catch(() => {
      if (this.#answers.get(key)?.value === value) this.#answers.delete(key);
    });
    return value;
  }

  /** Something was changed: whoever asks next gets it from the source. */
  forget(): void {
    this.#answers.clear();
  }

  #dropOld(now: number): void {
    for (const [key, { at, ageMs }] of this.#answers) if (now - at >= ageMs) this.#answers.delete(key);
  }
}
