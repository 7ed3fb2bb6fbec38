import { isDeepStrictEqual } from 'node:util';
import type { Item } from '../../core/transformation/contract.ts';
import { decodeImage, type Image } from '../../core/values/attribute-value.ts';
import { encodeItem } from '../../core/values/encode-value.ts';
import { imageText } from './image-text.ts';
import { type Asked, isAbout, type Version } from './version.ts';

/** The result of one transformation of an item at one instant. */
export interface SerialResult {
  image: Image | undefined;
  inserts: Image[];
  /** What `insert()` asks for; on the way down, what shall be gone. */
  asks: Asked[];
}

/** What becomes of an item that is asked for, if there is something else; undefined if it stays. */
export function mergedWith({ onExisting, image }: Asked, there: Image): Image | undefined {
  const { content } = image;
  return onExisting === 'merge' && content ? { ...there, content } : undefined;
}

/** Whether what is there is what was asked for. */
export function isAsAsked(asked: Asked, there: Image | undefined): boolean {
  if (asked.does === 'takeBack') return imageText(there) !== imageText(asked.image);
  if (!there || asked.onExisting === 'keep') return there !== undefined;
  return imageText(there) === imageText(mergedWith(asked, there) ?? asked.image);
}

/** Applies a version to an item without concurrency: a second implementation of the contract, independent of the one under test. */
export function serialTransform(version: Version, image: Image | undefined): SerialResult {
  const asks = image && isAbout(version, image) ? version.asks(image) : [];
  return { ...ownResult(version, image), asks };
}

/** On the way down, a seed is deleted, and so is what the version made of one. */
function ownResult(version: Version, image: Image | undefined): Omit<SerialResult, 'asks'> {
  if (!image || !isAbout(version, image)) return { image, inserts: [] };
  const gone = { image: undefined, inserts: [] };
  if (isSeed(version, image)) return gone;
  const result = transformed(version, image);
  return isSeed(version, result.image) && result.inserts.length === 0 ? gone : result;
}

function isSeed({ direction, transformation }: Version, image: Image | undefined): boolean {
  return direction === 'down' && (transformation.seed ?? []).some((seed) => imageText(encodeItem(seed)) === imageText(image));
}

function transformed(version: Version, image: Image): Omit<SerialResult, 'asks'> {
  if (!version.transform) return { image: withoutDerived(version, image), inserts: [] };
  const returned = version.transform(decodeImage(image));
  if (returned === undefined) return { image, inserts: [] };
  const results: Item[] = Array.isArray(returned) ? [...returned] : [{ ...returned }];
  const isOwn = (result: Item): boolean =>
    version.shape.keys.every(({ name }) => isDeepStrictEqual(result[name], decodeImage(image)[name]));
  const own = results.find(isOwn);
  return { image: own && merged(version, image, own), inserts: results.filter((result) => !isOwn(result)).map(encodeItem) };
}

/** Attributes that are only filled keep an existing value; what the function passed through stays as it is stored. */
function merged(version: Version, image: Image, result: Item): Image {
  const { adds, removes } = version.transformation.declared;
  const filled = version.direction === 'up' ? adds : removes;
  const before = decodeImage(image);
  const encoded = encodeItem(result);
  return Object.fromEntries(
    Object.entries(encoded).map(([name, value]) => {
      const stored = image[name];
      const stays = stored && (filled.includes(name) || isDeepStrictEqual(before[name], result[name]));
      return [name, stays ? stored : value];
    }),
  );
}

/** The way back that is derived: an added attribute goes where it is what the way up would give again. */
function withoutDerived({ derived, transformation }: Version, image: Image): Image {
  const added = transformation.declared.adds;
  const bare = decodeImage(Object.fromEntries(Object.entries(image).filter(([name]) => !added.includes(name))));
  const given = bare['parent'] === undefined ? derived(bare) : new Map<string, string>();
  return Object.fromEntries(
    Object.entries(image).filter(([name, value]) => !added.includes(name) || !('S' in value) || value.S !== given.get(name)),
  );
}
