import { andThen, type MaybePromise } from '../change/maybe-promise.ts';
import { decideStep } from './decide-step.ts';
import type { UpgradeOptions } from './given-context.ts';
import type { Answer, Upgraded } from './upgraded-types.ts';
import { versionsInOrder } from './version-fields.ts';

/**
 * Gives the newest shape of an item in memory, by the functions of its transformation files. Nothing is read or written, and the item that is
 * given stays as it is.
 *
 * 1. The versions are called in the order of their sequences. Each gets a copy of what the versions before give, as it would in a run.
 * 2. What a version adds is set only if it is missing: a value that the application has written stays.
 * 3. Attributes that no version changes are those of the given item, not copies.
 *
 * @param item as a document client gives it, or as the application holds it
 * @param versions the files, of either form: `import * as v1`, or the default export
 * @returns the item itself if no version changes it; a promise if a function is async
 * @throws Error: when there is no item, when a version deletes it, when it is about only some items, or when its function needs what is not given
 * @throws ItemError UndeclaredChange: when a function changes something that its file does not declare
 * @throws ItemError InvalidValue: when a function gives what DynamoDB cannot store
 */
export function upgrade<Given extends object, const Versions extends readonly object[]>(
  item: Given,
  versions: Versions,
  options?: UpgradeOptions,
): Answer<Versions, Upgraded<Given, Versions>>;
/** As above, for a result whose type you know: `upgrade<NewUser>(item, versions)`. */
export function upgrade<Result extends object>(
  item: object,
  versions: readonly object[],
  options?: UpgradeOptions,
): Result | Promise<Result>;
export function upgrade(item: object, versions: readonly object[], options: UpgradeOptions = {}): MaybePromise<object> {
  return andThen(throughVersions(item, versions, options), ({ item: newest }) => newest);
}

/**
 * Tells which shape an item has: the sequences of the versions that would change it, each decided on what the versions before give.
 *
 * @returns `[]` if the item has the newest shape; a promise if a function is async
 * @throws as {@link upgrade}
 */
export function missing<const Versions extends readonly object[]>(
  item: object,
  versions: Versions,
  options?: UpgradeOptions,
): Answer<Versions, number[]>;
export function missing(item: object, versions: readonly object[], options: UpgradeOptions = {}): MaybePromise<number[]> {
  return andThen(throughVersions(item, versions, options), ({ changedBy }) => changedBy);
}

interface Gone {
  item: object;
  changedBy: number[];
}

function throughVersions(item: object, versions: readonly object[], options: UpgradeOptions): MaybePromise<Gone> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    // Only its type: a text can be the item itself, as JSON.
    const given = item === null ? 'null' : Array.isArray(item) ? 'a list' : `of the type ${typeof item}`;
    throw new Error(
      `An item is an object with its attributes, and not ${given}. Where a read may find no item, look first if there is one.`,
    );
  }
  return versionsInOrder(versions).reduce<MaybePromise<Gone>>(
    (before, version) =>
      andThen(before, (gone) =>
        andThen(decideStep(gone.item, version, options), (changed) =>
          changed ? { item: changed, changedBy: [...gone.changedBy, version.sequence] } : gone,
        ),
      ),
    { item, changedBy: [] },
  );
}
