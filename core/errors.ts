/**
 * Every error a user can meet. The names are API: the state machine matches them, the CLI prints them, the docs list them.
 * Messages say what happened, why, and what to do; they never hold item data.
 */

/** Names of errors that end or refuse a run. */
export const runErrorNames = [
  'InvalidInput',
  'InvalidParameters',
  'UnknownTable',
  'NoTransformations',
  'InvalidTransformation',
  'InvalidScope',
  'ScopeChanged',
  'TableBusy',
  'Superseded',
  'Stopped',
  'CodeChanged',
  'ItemsFailed',
  'NotConverging',
  'SegmentsUnfinished',
  'OutOfOrder',
  'ChecksumMismatch',
  'SequenceTaken',
  'HalfApplied',
  'MissingTransformation',
  'Irreversible',
  'JournalMissing',
  'ReplicatedTable',
  'NotBaselined',
  'TableReplaced',
  'PlanStale',
  'TransactionsUnavailable',
  'PreparationMissing',
  'PreparationInvalid',
  'PreparationTooLarge',
  'JournalDamaged',
  'JournalUnavailable',
  'SecretUnavailable',
  'KeptCodeMissing',
  'KeptCodeInvalid',
  'LedgerTooNew',
  'LedgerDamaged',
  'TablesFailed',
  'AwsUnavailable',
  'EndpointUnreachable',
] as const;

/** Names of errors of single items. They are recorded and the run goes on. */
export const itemErrorNames = [
  'UndeclaredChange',
  'ForgotReturn',
  'NotIdempotent',
  'TooWide',
  'TargetExists',
  'NotPutBack',
  'InvalidValue',
  'TransformThrew',
  'TransformHung',
  'TransformKilled',
  'Contended',
  'NotWritten',
  'ChangedSince',
] as const;

export type RunErrorName = (typeof runErrorNames)[number];
export type ItemErrorName = (typeof itemErrorNames)[number];

/** One sentence for each name; docs/troubleshooting.md says the same, and what to do. */
export const errorMeanings: Readonly<Record<RunErrorName | ItemErrorName, string>> = {
  InvalidInput: 'The input of the state machine, or a flag of the command, is not valid.',
  InvalidParameters:
    'A value for a parameter is not what the file of the version declares, is missing, cannot be given to this version now, or is a secret that is not encrypted.',
  UnknownTable:
    'No table has this (physical) name in this account and region, or a table that a version looks things up in may not be read.',
  NoTransformations: 'The table has no folder or no files in the deployed transformations.',
  InvalidTransformation:
    'A file of the table is not valid: an export is wrong, two files have one number, a name is declared twice, it does not compile, or it is still as `init` made it.',
  InvalidScope:
    'The partitions of `only` cannot be listed, are no keys of the table or index, or the index is gone, still being built, or may not be read.',
  ScopeChanged: 'The function of `only` gave a worker other partitions than those with which its pass began.',
  TableBusy: 'Another run holds the table.',
  Superseded: 'Another run had taken the table before the execution was redriven or a late worker returned.',
  Stopped: 'Somebody stopped the run.',
  CodeChanged: 'Other code of the transformation was deployed during its run, and a version is applied by one code only.',
  ItemsFailed: 'Some items failed, or nearly all items of the sample.',
  NotConverging: 'A pass changed nearly as many items as the pass before: something still writes the old shape.',
  SegmentsUnfinished: 'Segments made no progress in three Maps.',
  OutOfOrder: 'A pending version has a lower number than one that is applied.',
  ChecksumMismatch: 'The file of an applied version was changed.',
  SequenceTaken: 'The number of a file is that of an applied version, which was applied from another file.',
  HalfApplied: 'A run began a version and did not end it, and its file was replaced by another, or is not deployed any more.',
  MissingTransformation:
    'A version that is to be taken back, that is running, or that this stage lacks although its file is squashed, has no file in this deployment.',
  Irreversible: 'The version does more than add, and has neither a transformDown nor a complete journal; or it is squashed.',
  JournalMissing: 'The changes of a version are in no journal, not all of them are, or the journal is gone: it expired or was deleted.',
  ReplicatedTable: 'The table has replicas in other regions, where the last writer wins.',
  TableReplaced:
    'The table is not the one to which versions were applied: it was made anew, restored, or the name now stands for another table.',
  PlanStale: 'What a run would do now is not what the plan given to `up --plan` looked at.',
  NotBaselined:
    'dynamo-data-transform has run a pending version on the table, or the table has items and old versions are squashed, and the ledger does not know what was applied.',
  TransactionsUnavailable:
    'The table has replicas with strong consistency, on which DynamoDB allows no transaction, and the version seeds, inserts or deletes items.',
  PreparationMissing: 'The preparation is no longer in the bucket, or the bucket was deleted.',
  PreparationInvalid:
    '`prepare` threw, took too long, or returned no JSON; or the preparation was changed since, belongs to another version or table, or its key may not be used.',
  PreparationTooLarge: '`prepare` returned more than a worker can hold: 40 KiB of JSON for each MB of its memory, and up to 64 MiB.',
  JournalDamaged: 'An object of the journal was changed or cut off, or is not the one that was written there.',
  JournalUnavailable: 'The bucket of the journal, or its key, refuses access or is gone.',
  SecretUnavailable: 'A variable of `secrets` has no value: the secret or parameter does not exist, is no text, or may not be read.',
  KeptCodeMissing: 'The code with which a version was applied is not kept in the ledger.',
  KeptCodeInvalid: 'Code that the ledger keeps is not what was deployed: its record was changed.',
  LedgerTooNew: 'The ledger was written by a newer dynamodt.',
  LedgerDamaged: 'A record of the ledger is not as this dynamodt writes it: a field is missing, or has an unknown value.',
  TablesFailed: 'Tables could not be taken up by transform-all, which tried all of them.',
  AwsUnavailable: 'A service of AWS answered functions with a fault, throttled them, or did not answer, for about a day.',
  EndpointUnreachable: 'AWS, or the local AWS, does not answer; or there is no region, or there are no credentials.',
  UndeclaredChange: 'The function changes something that its file does not declare.',
  ForgotReturn: 'The function changed its argument and returned nothing.',
  NotIdempotent: 'Applied to its own result, the function changes it again.',
  TooWide: 'The item has more attributes than a condition can hold.',
  TargetExists: 'An item to be inserted exists with other content.',
  NotPutBack: 'An item was deleted together with an attribute that the application had just added, and could not be put back.',
  InvalidValue:
    'The result cannot be stored: a value that DynamoDB does not have, a missing or wrong key, an item over 400 KB, a key that is too long, or what `insert` and `remove` do not allow.',
  Contended: 'In ten passes, the application wrote the item between our read and our write each time.',
  NotWritten: 'For a minute, DynamoDB answered each write of the item with an internal error, and accepted those of other items.',
  ChangedSince:
    'The item was not taken back, or not wholly, because it was written since the run changed it. The newer values stay; this is no failure.',
  TransformThrew: 'The function threw, or an async one did not return within 20 seconds.',
  TransformHung: 'The function did not let its process go on for 20 seconds.',
  TransformKilled: 'The function ended its process: it ran out of memory, exited, or threw where nobody catches it.',
};

/** What an error is about, for programs. Never item data: an attribute is named only if the file or the table declares it. */
export interface RunErrorFields {
  /** Logical name. */
  table?: string | undefined;
  /** Physical name. */
  tableName?: string | undefined;
  sequence?: number | undefined;
  /** The run that failed, or that is in the way. */
  run?: string | undefined;
  /** ARN of the execution of `run`. */
  execution?: string | undefined;
  /** `Users/v3_split_name.ts` */
  file?: string | undefined;
  attribute?: string | undefined;
  /** The name of a parameter of the version. */
  parameter?: string | undefined;
  /** The service of AWS that is at fault: `DynamoDB`, `KMS`. */
  service?: string | undefined;
  /** The limit that was exceeded, and what was counted: items, passes, bytes or seconds, as the message says. */
  limit?: number | undefined;
  count?: number | undefined;
  /** AWS regions. */
  regions?: readonly string[] | undefined;
}

/**
 * An error that ends or refuses a run. `name` is one of {@link runErrorNames} (literal, as bundlers rename classes).
 *
 * Of an error that a Lambda function throws, Step Functions keeps name and message only. If the run has begun, its record in the ledger
 * keeps the fields, too.
 */
export class RunError extends Error {
  override readonly name: RunErrorName;
  readonly fields: RunErrorFields;

  constructor(name: RunErrorName, message: string, { fields = {}, cause }: { fields?: RunErrorFields; cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = name;
    this.fields = fields;
  }
}

/** An error in the ledger and in `--json`: the fields stand beside name and message. */
export type RecordedError = { name: RunErrorName | (string & {}); message: string } & RunErrorFields;

export function recordedError({ name, message, fields }: RunError): RecordedError {
  return { name, message, ...fields };
}

/** What an error of an item is about, beside its message. */
export interface ItemErrorDetails {
  /** Where in the transformation's file it arose, if that is known. */
  place?: string | undefined;
  /** The attribute that the message names. A function can make its name from item data. */
  attribute?: string;
  /** The message without that name. */
  withoutName?: string;
  /** Of TargetExists: the key of the item that exists, as a function sees it. Item data, so it stands beside the keys of failed items only. */
  target?: Readonly<Record<string, unknown>> | undefined;
  /** The logical name of the table of `target`, if it is another one. */
  targetTable?: string | undefined;
}

/** An error of one item. */
export class ItemError extends Error {
  override readonly name: ItemErrorName;
  readonly place: string | undefined;
  readonly attribute: string | undefined;
  readonly target: Readonly<Record<string, unknown>> | undefined;
  readonly targetTable: string | undefined;
  readonly #withoutName: string | undefined;

  constructor(name: ItemErrorName, message: string, { place, attribute, withoutName, target, targetTable }: ItemErrorDetails = {}) {
    super(message);
    this.name = name;
    this.place = place;
    this.attribute = attribute;
    this.target = target;
    this.targetTable = targetTable;
    this.#withoutName = withoutName;
  }

  /** What the error is about, to make the same in another process */
  get details(): ItemErrorDetails {
    const { place, attribute, target, targetTable } = this;
    const withoutName = this.#withoutName;
    return {
      place,
      target,
      ...(targetTable === undefined ? {} : { targetTable }),
      ...(attribute === undefined ? {} : { attribute }),
      ...(withoutName === undefined ? {} : { withoutName }),
    };
  }

  /** The error as the ledger and `plan` may show it: it names an attribute only if that is known to be no item data. */
  namingOnly(isKnown: (attribute: string) => boolean): ItemError {
    const { name, place, attribute } = this;
    return attribute === undefined || isKnown(attribute) ? this : new ItemError(name, this.#withoutName ?? this.message, { place });
  }
}

/** An attribute's name like a masked value: by its length. */
export function hiddenName(attribute: string): string {
  return `its name has ${attribute.length} characters and could be data`;
}

/** True for an error of ours that ends or refuses a run, also when it crossed a process boundary. */
export function isRunErrorName(name: unknown): name is RunErrorName {
  return runErrorNames.some((known) => known === name);
}
