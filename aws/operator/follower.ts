import * as z from 'zod';
import { notFollowed } from '../../core/follow/not-followed.ts';
import { enableMapping, invoke, listMappings, type Mapping } from '../services/lambda.ts';
import type { Caller } from '../services/service-request.ts';

/** Whether what is written to a table is followed now; `changing` while Lambda starts or ends that. */
export type FollowerState = 'on' | 'paused' | 'changing';

/** How Lambda calls the function for a table. */
export interface FollowerCalls {
  state: FollowerState;
  /**
   * When the mapping was created, changed, paused or resumed, in wall-clock milliseconds: before that, the table may have been followed by no one.
   * Undefined if Lambda does not say.
   */
  changedAt: number | undefined;
}

/** What `follow-stream` says of a second try of failed items. */
export interface Retried {
  retried: number;
  mended: number;
  failed: number;
}

const RetriedAnswer = z.object({ retried: z.number(), mended: z.number(), failed: z.number() });

/** Longer than the function may take. */
const retryTimeoutMs = 310_000;

/** How long what Lambda said of the mappings is taken for known. */
const knownForMs = 5000;

/** The function that follows streams, and its event source mappings, as an operator sees and controls them. */
export class Follower {
  readonly #functionName: string;
  readonly #caller: Caller;
  #mappings: { at: number; found: Promise<Mapping[]> } | undefined;

  /** @param service prefix of its names */
  constructor(service: string, caller: Caller) {
    this.#functionName = `${service}-follow-stream`;
    this.#caller = caller;
  }

  /** @returns undefined if no mapping calls the function for the table */
  async callsFor(tableName: string): Promise<FollowerCalls | undefined> {
    const mapping = await this.#mappingOf(tableName);
    return mapping && { state: stateOf(mapping.state), changedAt: mapping.changedAt };
  }

  /**
   * Lets Lambda call the function for a table, or no more. Records that are written meanwhile wait in the stream, for up to 24 hours.
   *
   * @throws RunError InvalidInput: if no mapping calls the function for the table
   */
  async set(table: string, tableName: string, isOn: boolean): Promise<FollowerState> {
    const mapping = await this.#mappingOf(tableName);
    if (!mapping) throw notFollowed(table);
    this.#mappings = undefined;
    return stateOf((await enableMapping(mapping.id, isOn, this.#caller)).state);
  }

  /** Lets the function try the failed items of a table again, with what is deployed now. */
  async retry(table: string): Promise<Retried> {
    return RetriedAnswer.parse(await invoke(this.#functionName, { table, retry: true }, this.#caller, retryTimeoutMs));
  }

  /** Asked once for all tables that `status` shows, and again by a dashboard, which lives for hours. */
  async #mappingOf(tableName: string): Promise<Mapping | undefined> {
    const now = performance.now();
    if (!this.#mappings || now - this.#mappings.at > knownForMs)
      this.#mappings = { at: now, found: listMappings(this.#functionName, this.#caller) };
    return (await this.#mappings.found).find(({ stream }) => stream.includes(`:table/${tableName}/stream/`));
  }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
function stateOf(state: string): FollowerState {
  if (state === 'Enabled' || state === 'Updating') return 'on';
  return state === 'Disabled' ? 'paused' : 'changing';
}
