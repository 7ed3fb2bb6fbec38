import type { Json } from '../json.ts';
import { type Dispatch, dispatch } from './dispatch.ts';
import type { Execution } from './execution.ts';
import type { MapSettings } from './interpreter/map-work.ts';
import { StateFailure } from './interpreter/state-failure.ts';
import { maxChildren } from './limits.ts';
import type { Machine } from './machine.ts';
import { redriveStatus } from './redrive-status.ts';

export interface MapRunOptions {
  arn: string;
  executionArn: string;
  /** The name in the ARNs of the children: `<machine>/<label>`. */
  machine: Machine;
  total: number;
  settings: MapSettings;
}

/** Number of items of a Map Run by the status of their children. Items without a child are pending. */
export interface MapRunCounts {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  total: number;
  pendingRedrive: number;
  failuresNotRedrivable: number;
  /** Always 0, since local AWS has no ResultWriter. */
  resultsWritten: number;
}

/**
 * The Map Run of one try of a Distributed Map, with its concurrency and its failure tolerance. Its status:
 *
 * - RUNNING → SUCCEEDED, FAILED occurs when all items are done, or more failed than are tolerated.
 * - RUNNING → ABORTED occurs when its execution ends before it.
 * - FAILED, ABORTED → RUNNING occurs when its execution is redriven.
 */
export class MapRun {
  readonly arn: string;
  readonly executionArn: string;
  readonly machine: Machine;
  readonly total: number;
  readonly startDate = Date.now();
  readonly settings: MapSettings;
  /** Children by index of the item; missing if no child was started yet. */
  readonly children: Execution[] = [];
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  stopDate: number | undefined;
  redriveCount = 0;
  redriveDate: number | undefined;
  #dispatch: Dispatch<Execution> | undefined;

  constructor({ arn, executionArn, machine, total, settings }: MapRunOptions) {
    this.arn = arn;
    this.executionArn = executionArn;
    this.machine = machine;
    this.total = total;
    this.settings = { ...settings };
  }

  /**
   * Runs all items that have not succeeded, and returns the outputs of all items. `start` starts the child of an item that has none.
   *
   * @throws StateFailure States.ExceedToleratedFailureThreshold: when more items failed than are tolerated.
   */
  async outputs(start: (index: number) => Promise<Execution>): Promise<Json[]> {
    this.#dispatch = dispatch(
      this.total,
      () => this.settings.maxConcurrency || maxChildren,
      async (index) => {
        const child = await this.#begin(index, start);
        await child.ended();
        if (this.#exceeded())
          throw new StateFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');
        return child;
      },
    );
    const children = await this.#dispatch.results;
    return children.filter(({ status }) => status === 'SUCCEEDED').map(({ output }) => JSON.parse(output ?? 'null'));
  }

  /** Allows it to run again; `outputs` then redrives the children that did not succeed, and starts missing ones. */
  redrive(): void {
    this.status = 'RUNNING';
    this.stopDate = undefined;
    this.redriveCount += 1;
    this.redriveDate = Date.now();
    for (const child of Object.values(this.children)) if (redriveStatus(child).status === 'REDRIVABLE_BY_MAP_RUN') child.queueRedrive();
  }

  /** Changes concurrency and failure tolerance while the Map Run is running. */
  update(settings: Partial<MapSettings>): void {
    Object.assign(this.settings, settings);
    this.#dispatch?.refill();
  }

  /** Ends the Map Run once. Running children are aborted, and waiting redrives of children are cancelled. */
  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = Date.now();
    this.#dispatch?.stop();
    for (const child of Object.values(this.children)) this.#abort(child);
  }

  counts(): MapRunCounts {
    const started = Object.values(this.children);
    const of = (status: Execution['status']): number => started.filter((child) => child.status === status).length;
    const failures = started.filter(({ status }) => status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED');
    return {
      pending: this.total - started.length,
      running: of('RUNNING'),
      succeeded: of('SUCCEEDED'),
      failed: of('FAILED'),
      timedOut: of('TIMED_OUT'),
      aborted: of('ABORTED'),
      total: this.total,
      pendingRedrive: of('PENDING_REDRIVE'),
      failuresNotRedrivable: failures.filter((child) => redriveStatus(child).status === 'NOT_REDRIVABLE').length,
      resultsWritten: 0,
    };
  }

  async #begin(index: number, start: (index: number) => Promise<Execution>): Promise<Execution> {
    const earlier = this.children[index];
    if (earlier?.status === 'PENDING_REDRIVE') earlier.redrive();
    if (earlier) return earlier;
    const { redriveCount } = this;
    const child = await start(index);
    this.children[index] = child;
    // A child that began while the Map Run was ending is aborted too.
    if (this.status !== 'RUNNING' || this.redriveCount !== redriveCount) this.#abort(child);
    return child;
  }

  #abort(child: Execution): void {
    child.leaveQueue();
    child.stop(undefined, `The map run execution [${this.arn}] which was managing this resource was aborted`);
  }

  /** The Map Run fails if the failures exceed one of the limits; if no limit is set, with the first failure. */
  #exceeded(): boolean {
    const { failed, timedOut, aborted, total } = this.counts();
    const unsuccessful = failed + timedOut + aborted;
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.settings;
    if (count === null && percentage === null) return unsuccessful > 0;
    return (count !== null && unsuccessful > count) || (percentage !== null && (unsuccessful / total) * 100 > percentage);
  }
}
