import { type Ages, Remembered } from '../../remembered.ts';
import type { AskedRecords, LedgerRequests, RawRecord } from './ledger-requests.ts';

/** Asks for records only if what was read before is too old: for a dashboard, which reads the same ones again and again. */
export class RememberedRequests implements LedgerRequests {
  readonly #requests: LedgerRequests;
  readonly #ages: Ages;
  readonly #records = new Remembered<RawRecord | undefined>();
  readonly #lists = new Remembered<RawRecord[]>();

  constructor(requests: LedgerRequests, ages: Ages) {
    this.#requests = requests;
    this.#ages = ages;
  }

  get(key: { pk: string; sk: string }): Promise<RawRecord | undefined> {
    const { pk, sk } = key;
    const age = sk === 'lock' || sk === 'control' || sk.startsWith('run#') ? this.#ages.standing : this.#ages.decided;
    return this.#records.get(`${pk} ${sk}`, age, () => this.#requests.get(key));
  }

  query(asked: AskedRecords): Promise<RawRecord[]> {
    return this.#lists.get(JSON.stringify(asked), this.#ageOf(asked), () => this.#requests.query(asked));
  }

  forget(): void {
    this.#records.forget();
    this.#lists.forget();
  }

  #ageOf({ pk, areFinal }: AskedRecords): number {
    if (areFinal) return this.#ages.settled;
    if (pk.startsWith('checkpoints#')) return this.#ages.saves;
    // The summaries of its passes, which are settled together with its control.
    return pk.startsWith('run#') ? this.#ages.standing : this.#ages.decided;
  }
}
