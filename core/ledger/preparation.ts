/** What `prepare` of a version gathered, as the ledger knows it. The data itself is encrypted, in S3. */
export interface Preparation {
  table: string;
  sequence: number;
  /** The code that made it. */
  checksum: string;
  /** SHA-256 of the ciphertext, in hex. */
  version: string;
  /** Of its JSON. */
  bytes: number;
  /** ISO 8601 */
  at: string;
  /** ARN of the execution that made it, or the operator who did. */
  by: string;
}

/** Which preparation a run has frozen. */
export type PreparationRef = Pick<Preparation, 'table' | 'sequence' | 'checksum' | 'version'>;

/** What a preparation belongs to: it can be decrypted for nothing else. */
export type PreparationOwner = Omit<PreparationRef, 'version'>;

/** Where prepared data is kept, encrypted. */
export interface PreparationStore {
  /** @returns its version */
  write(owner: PreparationOwner, json: string): Promise<string>;
  /**
   * @throws RunError PreparationMissing: when the object or its bucket does not exist
   * @throws RunError PreparationInvalid: when the object was changed, or the key or the bucket refuses access
   */
  read(ref: PreparationRef): Promise<unknown>;
}

/** What the ledger knows of preparations. */
export interface PreparationRecords {
  /** The newest that was made by the owner's code. */
  preparation(owner: PreparationOwner): Promise<Preparation | undefined>;
  recordPreparation(preparation: Preparation): Promise<void>;
}
