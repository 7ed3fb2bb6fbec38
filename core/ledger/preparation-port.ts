import type { Preparation, PreparationOwner, PreparationRef } from './preparation.ts';

/** Where prepared data is kept, encrypted. */
export interface PreparationStore {
  /** @returns its version */
  write(owner: PreparationOwner, json: string): Promise<string>;
  /** @throws RunError PreparationMissing, PreparationInvalid */
  read(ref: PreparationRef): Promise<unknown>;
}

/** What the ledger knows of preparations. */
export interface PreparationRecords {
  /** The newest that was made by the owner's code. */
  preparation(owner: PreparationOwner): Promise<Preparation | undefined>;
  recordPreparation(preparation: Preparation): Promise<void>;
}
