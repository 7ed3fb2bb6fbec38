import { RunError } from '../errors.ts';
import { type CodeIdentity, isSameSource } from '../transformation/catalog.ts';
import type { DeclaredParameters } from '../transformation/parameters/declared-parameters.ts';
import { canonicalJson } from '../values/canonical-json.ts';

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
  /** Elements of the array, or attributes of the object, that `prepare` returned; undefined for other values, and in records from before it was kept. */
  entries?: number | undefined;
  /** What {@link PreparationStore.digest} gives for its JSON: the same for the same data. Undefined in records from before it was kept. */
  digest?: string | undefined;
  /** ISO 8601 */
  at: string;
  /** ARN of the execution that made it, or the operator who did. */
  by: string;
  /** What {@link comparedParameters} gives for the parameters of `prepare`. */
  parameters?: string | undefined;
}

/** Which preparation a run has frozen. */
export interface PreparationRef extends Pick<Preparation, 'table' | 'sequence' | 'checksum' | 'version'> {
  /** The version of the one that was used before, and could not be read any more. */
  insteadOf?: string | undefined;
}

/** What a preparation belongs to: it can be decrypted for nothing else. */
export type PreparationOwner = Omit<PreparationRef, 'version' | 'insteadOf'>;

/** Where prepared data is kept, encrypted. */
export interface PreparationStore {
  /** @returns its version */
  write(owner: PreparationOwner, json: string): Promise<string>;
  /** The first 16 hexadecimal digits of its SHA-256. */
  digest(json: string): string;
  /**
   * @param owner what the run works on, never what a record says
   * @throws RunError PreparationMissing: when the object or its bucket does not exist
   * @throws RunError PreparationInvalid: when the object was changed or belongs to another owner, or the key or the bucket refuses access
   */
  read(owner: PreparationOwner, version: string): Promise<unknown>;
}

/** What the ledger knows of preparations. */
export interface PreparationRecords {
  /** The newest that was made by the owner's code. */
  preparation(owner: PreparationOwner): Promise<Preparation | undefined>;
  recordPreparation(preparation: Preparation): Promise<void>;
}

/**
 * The version of the preparation that a record names for its owner. Whoever may write the record may name anything in it, so what it says of
 * its owner must be what the run says.
 *
 * @throws RunError PreparationInvalid: when the record names another table, sequence or code
 */
export function versionFor(owner: PreparationOwner, named: PreparationRef): string {
  const { table, sequence, checksum } = owner;
  if (named.table === table && named.sequence === sequence && named.checksum === checksum) return named.version;
  throw new RunError(
    'PreparationInvalid',
    `The ledger names a preparation of ${named.table} v${named.sequence} (code ${named.checksum}) for ${table} v${sequence} (code ${checksum}), and prepared data is used only for what it was gathered for. Find out who changed the record, then gather it again with \`dynamodt prepare ${table} --sequence ${sequence}\` and start the run again.`,
    { fields: { table, sequence } },
  );
}

/** Whose a preparation that a record names would have to be: of this code, by the checksum that this algorithm or an earlier one gives it. */
export function ownerOf(
  { table, sequence }: Pick<PreparationOwner, 'table' | 'sequence'>,
  code: CodeIdentity,
  named: Pick<PreparationRef, 'checksum'>,
): PreparationOwner {
  return { table, sequence, checksum: isSameSource(code, named.checksum) ? named.checksum : code.checksum };
}

/**
 * What must be the same for a preparation to be used again: the parameters as canonical JSON; undefined for none. Secrets are left out: they
 * are credentials, which decide whether data can be gathered and not what it is, and the ledger must not show whether two are the same.
 *
 * @param declared what the file exports as `parameters`
 */
export function comparedParameters(
  declared: DeclaredParameters | undefined,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const compared = Object.entries(values).filter(([name]) => !declared?.fields?.get(name)?.isSecret);
  return compared.length === 0 ? undefined : canonicalJson(Object.fromEntries(compared));
}

/**
 * The newest that was made by the same source, also if an earlier algorithm computed the source's checksum then. None if that was given other
 * parameters.
 *
 * @param parameters what {@link comparedParameters} gives for those of the run
 */
export async function newestPreparation(
  records: Pick<PreparationRecords, 'preparation'>,
  version: Pick<PreparationOwner, 'table' | 'sequence'>,
  { checksum, formerChecksums = [] }: CodeIdentity,
  parameters: string | undefined,
): Promise<Preparation | undefined> {
  for (const known of [checksum, ...formerChecksums]) {
    const found = await records.preparation({ ...version, checksum: known });
    if (found) return found.parameters === parameters ? found : undefined;
  }
  return undefined;
}
