import { ItemError } from '../errors.ts';
import type { Item, Transform } from '../transformation/contract.ts';
import { sourceLocation, thrownName } from '../transformation/thrown-error.ts';
import { decodeImage, type Image } from '../values/attribute-value.ts';
import { encodesTo } from '../values/encodes-to.ts';
import type { CalledWith } from './called-with.ts';
import { andThen, type MaybePromise, orElse } from './maybe-promise.ts';

/**
 * Calls a transformation on an image.
 *
 * @param file the transformation's file, named in the place of an error that it throws
 * @returns the items that take its place; undefined if the function leaves the item as it is
 * @throws ItemError TransformThrew: when the function throws, or looks something up in a way that is wrong
 * @throws Error: what ended a look-up, also if the function caught it
 * @throws ItemError ForgotReturn: when the function changes its item and returns nothing
 * @throws ItemError InvalidValue: when the result is no item
 */
export function callTransform(
  transform: Transform,
  image: Image,
  called: CalledWith,
  file: string | undefined,
): MaybePromise<Item[] | undefined> {
  const item = decodeImage(image);
  return andThen(callSafely(transform, item, called, file), (result) => {
    if (called.look.fault) throw asFault(called.look.fault.error, file);
    if (result === undefined) {
      if (wasMutated(image, item))
        throw new ItemError('ForgotReturn', 'The function changed its item but returned nothing. Return the item, or leave it untouched.');
      return undefined;
    }
    const elements: unknown[] = Array.isArray(result) ? result : [result];
    if (elements.every(isItem)) return elements;
    throw new ItemError('InvalidValue', 'The function returned something other than an item, an array of items, or undefined.');
  });
}

function callSafely(transform: Transform, item: Item, { context, look }: CalledWith, file: string | undefined): MaybePromise<unknown> {
  return orElse(
    () => {
      const result: unknown = transform(item, context);
      return isThenable(result) ? Promise.resolve(result) : result;
    },
    (error): never => {
      if (look.fault) throw asFault(look.fault.error, file);
      if (error instanceof ItemError) throw asFault(error, file);
      // The message may hold item data, so it is left out. The error's class and its place in the file are enough to find the mistake.
      throw new ItemError('TransformThrew', `The function threw ${thrownName(error)}.`, { place: sourceLocation(error, file) });
    },
  );
}

/** The error of a look-up, which holds no item data. One that is no ItemError ends the segment. */
function asFault(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof ItemError) || error.place !== undefined) return error;
  return new ItemError(error.name, error.message, { ...error.details, place: sourceLocation(error, file) });
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

function wasMutated(image: Image, item: Item): boolean {
  const names = Object.keys(item);
  return (
    names.length !== Object.keys(image).length ||
    names.some((name) => {
      const before = Object.hasOwn(image, name) ? image[name] : undefined;
      return before === undefined || !encodesTo(before, item[name]);
    })
  );
}

function isItem(value: unknown): value is Item {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
