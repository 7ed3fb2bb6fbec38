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
