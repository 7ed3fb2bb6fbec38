import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Control } from '../../core/ledger/control.ts';
import { codeOfPass } from '../../core/ledger/sweep.ts';
import type { SharePort } from '../../core/segment/pacing/share-rebalancer.ts';
import { LedgerReader } from './reading/ledger-reader.ts';
import { type ControlChanges, updateControl } from './update-control.ts';

/**
 * A count of workers belongs to one Map.
 *
 * ```text
 * worker: counts 3 open segments of the Map                            writes workers 3 → the condition fails
 * SettlePass:                               writes a Map of 40 workers
 * ```
 */
const noDecisionSince = '#decisionNumber = :decisionNumber AND #fence = :fence';

/**
 * One worker at a time reads all checkpoints.
 *
 * ```text
 * worker A: finds sharedAt old   writes sharedAt
 * worker B: finds sharedAt old                    writes sharedAt → the condition fails
 * ```
 */
const claimIsDue = '(attribute_not_exists(#sharedAt) OR #sharedAt < :claimedBefore)';

/**
 * The number of workers of a Map only falls.
 *
 * ```text
 * worker A: counts 5 open segments                                                       writes workers 5 → the condition fails
 * worker B:                          claims later, counts 2 open segments, writes workers 2
 * ```
 */
const moreWorkersThanCounted = '#workers > :workers';

/** How many workers share the budget, on the control of a run. */
export class Shares implements SharePort {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  claim(control: Control, now: number, claimedBefore: number): Promise<boolean> {
    return this.#update(control, { sharedAt: now }, `${noDecisionSince} AND ${claimIsDue}`, { claimedBefore });
  }

  finished(control: Control): Promise<number> {
    const { run, pass } = control;
    return new LedgerReader(this.#client, this.#ledger).finishedSegments(run, pass, codeOfPass(control));
  }

  share(control: Control, workers: number): Promise<boolean> {
    return this.#update(control, { workers }, `${noDecisionSince} AND ${moreWorkersThanCounted}`);
  }

  #update(
    { run, decision, fence }: Control,
    fields: ControlChanges,
    condition: string,
    values: Record<string, number> = {},
  ): Promise<boolean> {
    return updateControl({ client: this.#client, ledger: this.#ledger, run }, fields, condition, {
      decisionNumber: decision.number,
      fence,
      ...values,
    });
  }
}
