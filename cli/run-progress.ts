import type { Sight } from './follow-run.ts';
import type { Observation } from './observe-run.ts';
import { Pace } from './pace.ts';
import { type Progress, progressOf, withPace } from './progress.ts';
import { progressText } from './progress-text.ts';
import type { RunAsked, RunDocument } from './run-document.ts';
import type { Invocation } from './verb.ts';

/** Shows how far a run is while it is followed, and remembers it. */
export class RunProgress {
  readonly #invocation: Invocation;
  readonly #asked: RunAsked;
  readonly #signal: AbortSignal;
  readonly #pace = new Pace();
  #asksItemCount = false;
  #itemCount: number | undefined;
  #seen: { run: string; sequences: number[]; progress: Progress } | undefined;

  /** @param signal nothing is shown after it */
  constructor(invocation: Invocation, asked: RunAsked, signal: AbortSignal) {
    this.#invocation = invocation;
    this.#asked = asked;
    this.#signal = signal;
  }

  /** What is known of the run so far. */
  get known(): Partial<Pick<RunDocument, 'run' | 'sequences' | 'counters'>> {
    return this.#seen ? { run: this.#seen.run, sequences: this.#seen.sequences, counters: this.#seen.progress.counters } : {};
  }

  show(sight: Sight): void {
    if (this.#signal.aborted) return;
    const { table, direction, prepareOnly } = this.#asked;
    const line = typeof sight === 'string' ? () => inWords[sight] : this.#lineOf(sight);
    const prefix = `${table} ${prepareOnly ? 'prepare' : direction}  `;
    this.#invocation.output.progress((width) => (prefix + line(width - prefix.length)).slice(0, width));
  }

  #lineOf(observation: Observation): (width: number) => string {
    const { run, control, checkpoints } = observation;
    this.#askItemCount(run.tableName);
    const progress = progressOf(observation, this.#itemCount);
    this.#seen = { run: run.id, sequences: run.steps.map(({ sequence }) => sequence), progress };
    const pace = this.#pace.next(performance.now(), progress.counters.scanned);
    const { paused, decision, sequence } = control;
    if (paused) return () => `paused by ${paused.by} since ${paused.since}`;
    if (decision === 'prepare') return () => `preparing v${sequence}`;
    if (control.quietMs > 0 && checkpoints.length === 0) return () => 'waiting until workers that were left behind can no longer write';
    return (width) => progressText(withPace(progress, pace), width);
  }

  /** Once, and without waiting for it. */
  #askItemCount(tableName: string): void {
    if (this.#asksItemCount) return;
    this.#asksItemCount = true;
    void this.#invocation.service.itemCount(tableName).then((count) => {
      this.#itemCount = count;
    });
  }
}

const inWords = { starting: 'starting: trying a sample of the table', unreachable: 'no answer: the run goes on, trying again' };
