/**
 * Every error a user can meet. The names are API: the state machine matches them, the CLI prints them, the docs list them.
 * Messages say what happened, why, and what to do; they never hold item data.
 */

/** Names of errors that end or refuse a run. */
export const runErrorNames = [
  'InvalidInput',
  'UnknownTable',
  'NoTransformations',
  'InvalidTransformation',
  'TableBusy',
  'Superseded',
  'Stopped',
  'CodeChanged',
  'ItemsFailed',
  'NotConverging',
  'SegmentsUnfinished',
  'OutOfOrder',
  'ChecksumMismatch',
  'MissingTransformation',
  'Irreversible',
  'ReplicatedTable',
  'PreparationMissing',
  'PreparationInvalid',
  'PreparationTooLarge',
  'LedgerTooNew',
  'EndpointUnreachable',
] as const;

/** Names of errors of single items. They are recorded and the run goes on. */
export const itemErrorNames = [
  'UndeclaredChange',
  'ForgotReturn',
  'NotIdempotent',
  'TooWide',
  'TargetExists',
  'InvalidValue',
  'TransformThrew',
] as const;

export type RunErrorName = (typeof runErrorNames)[number];
export type ItemErrorName = (typeof itemErrorNames)[number];

/** An error that ends or refuses a run. `name` is one of {@link runErrorNames} (literal, as bundlers rename classes). */
export class RunError extends Error {
  override readonly name: RunErrorName;

  constructor(name: RunErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** An error of one item. `place` is where in the transformation's file it arose, if that is known. */
export class ItemError extends Error {
  override readonly name: ItemErrorName;
  readonly place: string | undefined;

  constructor(name: ItemErrorName, message: string, place?: string) {
    super(message);
    this.name = name;
    this.place = place;
  }
}

/** True for an error of ours that ends or refuses a run, also when it crossed a process boundary. */
export function isRunErrorName(name: unknown): name is RunErrorName {
  return runErrorNames.some((known) => known === name);
}
