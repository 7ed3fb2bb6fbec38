import type { StandardSchema } from './standard-schema.ts';

/** Not a private symbol, since each bundled file has its own copy of this module. */
const mark = Symbol.for('dynamodt.secret');

/** A parameter whose value is never shown. */
export interface Secret<Value> {
  /** A default, a schema, or undefined for a string that has to be given. */
  readonly secret: Value | StandardSchema<unknown, Value> | undefined;
}

/**
 * Marks a parameter as secret: `export const parameters = { days: 14, token: secret(z.string()) }`. Its value is encrypted before it is
 * given to Step Functions and in the ledger, and masked in all output.
 *
 * @param defaultOrSchema left out: a string that has to be given
 */
export function secret<Value = string>(defaultOrSchema?: Value | StandardSchema<unknown, Value>): Secret<Value> {
  return Object.defineProperty({ secret: defaultOrSchema }, mark, { value: true });
}

export function isSecret(value: unknown): value is Secret<unknown> {
  return typeof value === 'object' && value !== null && mark in value;
}
