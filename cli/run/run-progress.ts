import { RunRates, unsavedUnits } from '../progress/growth-rate.ts';
import { quietWaitInWords, quietWaitOf } from '../progress/late-requests-text.ts';
import type { Observation } from '../progress/observe-run.ts';
import { type Progress, progressOf } from '../progress/progress.ts';
import { progressLines, progressText } from '../progress/progress-text.ts';
import { segmentMap } from '../progress/segment-map.ts';
import { statesOf } from '../progress/segment-states.ts';
import { holdersInWords } from '../terminal/in-words.ts';
import type { Frame } from '../terminal/live-display.ts';
import type { Invocation } from '../verb.ts';
import type { Sight } from './follow-run.ts';
import type { RunAsked, RunDocument } from './run-document.ts';

/** Shows the progress of a run while it is followed, and keeps the last observation. */
export class RunProgress {
  readonly #invocation: Pick<Invocation, 'output' | 'service'>;
  readonly #asked: RunAsked;
  readonly #signal: AbortSignal;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #rates = new RunRates();
  #asksItemCount = false;
  #itemCount: number | undefined;
  #seen: { run: string; sequences: number[]; progress: Progress } | undefined;

  /** @param signal nothing is shown after its abort @param now clock in milliseconds */
  constructor(
    invocation: Pick<Invocation, 'output' | 'service'>,
    asked: RunAsked,
    signal: AbortSignal,
    now: () => number = () => performance.now(),
  ) {
    this.#invocation = invocation;
    this.#asked = asked;
    this.#signal = signal;
    this.#now = now;
    this.#startedAt = now();
  }

  /** The last observation of the run. */
  get known(): Partial<Pick<RunDocument, 'run' | 'sequences' | 'counters'>> {
    return this.#seen ? { run: this.#seen.run, sequences: this.#seen.sequences, counters: this.#seen.progress.counters } : {};
  }

  show(sight: Sight): void {
    if (this.#signal.aborted) return;
    const { table, direction, prepareOnly } = this.#asked;
    const prefix = `${table} ${prepareOnly ? 'prepare' : direction}  `;
    this.#invocation.output.progress(typeof sight === 'string' ? alone(prefix, inWords[sight]) : this.#frameOf(prefix, sight));
  }

  #frameOf(prefix: string, observation: Observation): Frame {
    const { run, control, checkpoints } = observation;
    this.#askItemCount(run.tableName);
    const progress = progressOf(observation, this.#itemCount);
    this.#seen = { run: run.id, sequences: run.steps.map(({ sequence }) => sequence), progress };
    const now = this.#now();
    const paced = {
      ...this.#rates.next(now, progress, run.dryRun, unsavedUnits(checkpoints, Date.now())),
      secondsElapsed: Math.round((now - this.#startedAt) / 1000),
    };
    const { paused } = control.marks;
    if (control.decision.kind === 'prepare') return alone(prefix, `preparing v${control.sequence}`);
    if (control.lease.quietMs > 0 && checkpoints.length === 0)
      return alone(prefix, 'waiting until the leases of earlier workers have ended');
    const waiting = quietWaitOf(control);
    if (waiting && !paused) return alone(prefix, quietWaitInWords(waiting));
    const { output } = this.#invocation;
    const map = (width: number): string => segmentMap(statesOf(control.totalSegments, checkpoints), width, output);
    if (paused) return (width) => [...alone(prefix, `paused ${holdersInWords(paused)}`)(width), map(width)];
    return (width) => {
      if (!output.isRedrawn) return [cut(prefix + progressText(paced, width - prefix.length), width)];
      const [position, doing] = progressLines(paced, [width - prefix.length, width]);
      return [cut(prefix + position, width), doing, map(width)];
    };
  }

  /** Reads the item count once, in the background. */
  #askItemCount(tableName: string): void {
    if (this.#asksItemCount) return;
    this.#asksItemCount = true;
    void this.#invocation.service.tables.itemCount(tableName).then((count) => {
      this.#itemCount = count;
    });
  }
}

const inWords = { starting: 'starting: trying a sample of the table', unreachable: 'AWS does not answer, trying again; the run continues' };

function alone(prefix: string, text: string): Frame {
  return (width) => [cut(prefix + text, width)];
}

function cut(line: string, width: number): string {
  return line.slice(0, width);
}
