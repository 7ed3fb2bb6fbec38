import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { SharePort } from '../../core/segment/share-rebalancer.ts';
import { LedgerReader } from './ledger-reader.ts';
import { type ControlChanges, updateControl } from './update-control.ts';

const sameMap = '#decisionNumber = :decisionNumber AND #fence = :fence';
const nobodyLooked = '(attribute_not_exists(#sharedAt) OR #sharedAt < :lookedBefore)';
const moreShareIt = '#workers > :workers';

/** How many workers share the budget, on the control of a run. */
export class Shares implements SharePort {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  claim(control: Control, now: number, lookedBefore: number): Promise<boolean> {
    return this.#update(control, { sharedAt: now }, `${sameMap} AND ${nobodyLooked}`, { lookedBefore });
  }

  async checkpoints({ run, pass }: Control): Promise<Iterable<Checkpoint>> {
    return (await new LedgerReader(this.#client, this.#ledger).checkpoints(run, pass)).values();
  }

  share(control: Control, workers: number): Promise<boolean> {
    return this.#update(control, { workers }, `${sameMap} AND ${moreShareIt}`);
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
