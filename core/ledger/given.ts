import * as z from 'zod';
import { deepFreeze } from '../change/deep-freeze.ts';

/** What a version's functions are given beside items, chosen when a run began the version, and the same until it is settled. */
export interface Given {
  /** JSON of an object. The value of a secret stands there as a {@link Sealed}. */
  parameters: string;
  /** Names of those that are secret; undefined for none. */
  secrets?: readonly string[] | undefined;
  /** When the run began that took the version, in wall-clock milliseconds since 1970. */
  startedAt: number;
}

/** The same as functions get it, frozen. */
export interface GivenValues {
  parameters: Readonly<Record<string, unknown>>;
  startedAt: number;
}

/** An encrypted value: base64 of what KMS made of its JSON. */
export const Sealed = z.strictObject({ encrypted: z.base64().min(1) });
export type Sealed = z.infer<typeof Sealed>;

/** What a secret belongs to: it can be decrypted for nothing else. */
export interface SecretOwner {
  table: string;
  sequence: number;
  /** Name of the parameter. */
  parameter: string;
}

/** Encrypts and decrypts values of secret parameters. */
export interface SecretCipher {
  /** @returns base64 */
  encrypt(owner: SecretOwner, text: string): Promise<string>;
  /** @throws RunError InvalidParameters: when it was encrypted for another owner, with another key, or the key refuses access */
  decrypt(owner: SecretOwner, encrypted: string): Promise<string>;
}

const Values = z.record(z.string(), z.unknown());

/** Of a version that a run began before versions were given any, for its old code. */
export const nothingGiven: GivenValues = Object.freeze({ parameters: Object.freeze({}), startedAt: 0 });

/** The values of what is recorded, by name. A secret is a {@link Sealed}. */
export function recordedValues({ parameters }: Given): Record<string, unknown> {
  return Values.parse(JSON.parse(parameters));
}

/** Takes an encrypted value apart. */
export function sealedIn(value: unknown): string | undefined {
  return Sealed.safeParse(value).data?.encrypted;
}

/**
 * What functions get of what is recorded.
 *
 * @throws RunError InvalidParameters: when a secret cannot be decrypted
 */
export async function openGiven(
  { table, sequence }: Omit<SecretOwner, 'parameter'>,
  given: Given | undefined,
  decrypt: SecretCipher['decrypt'],
): Promise<GivenValues> {
  if (!given) return nothingGiven;
  const values = recordedValues(given);
  for (const parameter of given.secrets ?? []) {
    const encrypted = sealedIn(values[parameter]);
    if (encrypted !== undefined) values[parameter] = JSON.parse(await decrypt({ table, sequence, parameter }, encrypted));
  }
  deepFreeze(values);
  return { parameters: values, startedAt: given.startedAt };
}

/** Stands in output for the value of a secret. */
export const maskedSecret = '(secret)';

/** The values as they may be shown; undefined if there are none. */
export function shownIfAny(given: Given | undefined): Record<string, unknown> | undefined {
  const shown = given && shownParameters(given);
  return shown && Object.keys(shown).length > 0 ? shown : undefined;
}

/** The values as they may be shown. */
export function shownParameters(given: Given): Record<string, unknown> {
  const secrets = given.secrets ?? [];
  return Object.fromEntries(
    Object.entries(recordedValues(given)).map(([name, value]) => [name, secrets.includes(name) ? maskedSecret : value]),
  );
}
