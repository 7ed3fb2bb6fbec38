import type { Json } from '../json.ts';
import { type Dispatch, dispatch } from './dispatch.ts';
import type { Execution } from './execution.ts';
import { mostChildren } from './limits.ts';
import type { MapSettings } from './run-map.ts';
import { StateFailure } from './state-failure.ts';
import type { Machine } from './state-machines.ts';

export interface MapRunOptions {
  arn: string;
  executionArn: string;
  /** What the children are executions of: `<machine>/<label>`. */
  machine: Machine;
  total: number;
  settings: MapSettings;
  /** Starts the child of an item. */
  start(index: number, run: MapRun): Promise<Execution>;
}

/** The children of one try of a Distributed Map: how many at the same time, and how many may fail. */
export class MapRun {
  readonly arn: string;
  readonly executionArn: string;
  readonly machine: Machine;
  readonly total: number;
  readonly startDate = Date.now();
  readonly settings: MapSettings;
  /** By item; missing where none was started yet. */
  readonly children: Execution[] = [];
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  stopDate: number | undefined;
  readonly #start: MapRunOptions['start'];
  #dispatch: Dispatch<Execution> | undefined;

  constructor({ arn, executionArn, machine, total, settings, start }: MapRunOptions) {
    this.arn = arn;
    this.executionArn = executionArn;
    this.machine = machine;
    this.total = total;
    this.settings = { ...settings };
    this.#start = start;
  }

  /** Runs all items and returns the outputs of those that succeeded. Throws when more failed than is tolerated. */
  async outputs(): Promise<Json[]> {
    this.#dispatch = dispatch(
      this.total,
      () => this.settings.maxConcurrency || mostChildren,
      async (index) => {
        const child = await this.#start(index, this);
        this.children[index] = child;
        // A child that began while the Map Run ended is ended too.
        if (this.status !== 'RUNNING') child.stop();
        await child.ended();
        if (this.#exceeded())
          throw new StateFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');
        return child;
      },
    );
    const children = await this.#dispatch.results;
    return children.filter(({ status }) => status === 'SUCCEEDED').map(({ output }) => JSON.parse(output ?? 'null'));
  }

  /** Changes concurrency and tolerance while it runs. */
  update(settings: Partial<MapSettings>): void {
    Object.assign(this.settings, settings);
    this.#dispatch?.refill();
  }

  /** Ends the Map Run, once; children that still run are aborted. */
  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = Date.now();
    this.#dispatch?.stop();
    for (const child of Object.values(this.children)) child.stop();
  }

  /** Children by status; items that were not started are pending. */
  counts(): Record<'pending' | 'running' | 'succeeded' | 'failed' | 'timedOut' | 'aborted' | 'total', number> {
    const started = Object.values(this.children);
    const of = (status: Execution['status']): number => started.filter((child) => child.status === status).length;
    return {
      pending: this.total - started.length,
      running: of('RUNNING'),
      succeeded: of('SUCCEEDED'),
      failed: of('FAILED'),
      timedOut: of('TIMED_OUT'),
      aborted: of('ABORTED'),
      total: this.total,
    };
  }

  /** One limit that is set is enough to fail; where none is, the first failure is. */
  #exceeded(): boolean {
    const { failed, timedOut, aborted, total } = this.counts();
    const unsuccessful = failed + timedOut + aborted;
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.settings;
    if (count === null && percentage === null) return unsuccessful > 0;
    return (count !== null && unsuccessful > count) || (percentage !== null && (unsuccessful / total) * 100 > percentage);
  }
}
