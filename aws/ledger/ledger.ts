import { type DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Pause, PauseHolder } from '../../core/ledger/pause.ts';
import type { LedgerChange } from '../../core/run/records/ledger-change.ts';
import type { LedgerReads, LedgerWrites, ReachedLimit } from '../../core/run/records/ledger-port.ts';
import { LedgerControlMarks } from './control-marks.ts';
import { encodeChange } from './encode-change.ts';
import { LedgerReader } from './reading/ledger-reader.ts';
import { isTransactionLost } from './transaction-lost.ts';

/** Writes the decisions of a run: each in one transaction, which fails as a whole if another decision was faster. */
export class Ledger extends LedgerReader implements LedgerReads, LedgerWrites {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    super(client, ledger);
    this.#client = client;
    this.#ledger = ledger;
  }

  async write(changes: readonly LedgerChange[]): Promise<boolean> {
    try {
      await this.#client.send(
        new TransactWriteItemsCommand({ TransactItems: changes.map((change) => encodeChange(this.#ledger, change)) }),
      );
      return true;
    } catch (error) {
      if (isTransactionLost(error)) return false;
      throw error;
    }
  }

  pauseAtLimit(run: string, limit: ReachedLimit, pause: Pause): Promise<boolean> {
    return new LedgerControlMarks(this.#client, this.#ledger).pauseAtLimit(run, limit, pause);
  }

  setPause(run: string, read: Pause | undefined, pause: Pause | undefined, by: PauseHolder): Promise<boolean> {
    return new LedgerControlMarks(this.#client, this.#ledger).setPause(run, read, pause, by);
  }
}
