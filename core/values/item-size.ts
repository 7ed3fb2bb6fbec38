import type { AttributeValue, Image } from './attribute-value.ts';

/** Bytes of an item as DynamoDB bills them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemSize(image: Image): number {
  let bytes = 0;
  for (const name in image) bytes += utf8Length(name) + valueSize(image[name] as AttributeValue);
  return bytes;
}

/** Write capacity units of replacing one image by another: the larger of both, per started KB. */
export function writeUnits(before: Image, after: Image): number {
  return unitsOf(Math.max(itemSize(before), itemSize(after)));
}

/** The same for an update, without measuring unchanged attributes twice. */
export function updateUnits(before: Image, set: Image, remove: readonly string[]): number {
  const sizeBefore = itemSize(before);
  let sizeAfter = sizeBefore + itemSize(set);
  for (const name in set) sizeAfter -= attributeSize(before, name);
  for (const name of remove) sizeAfter -= attributeSize(before, name);
  return unitsOf(Math.max(sizeBefore, sizeAfter));
}

function unitsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

function attributeSize(image: Image, name: string): number {
  return Object.hasOwn(image, name) ? utf8Length(name) + valueSize(image[name] as AttributeValue) : 0;
}

/** Bytes of a value. */
export function valueSize(value: AttributeValue): number {
  if ('S' in value) return utf8Length(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return value.B.length;
  if ('M' in value) return 3 + Object.keys(value.M).length + itemSize(value.M);
  if ('L' in value) return value.L.reduce((sum, element) => sum + 1 + valueSize(element), 3);
  if ('SS' in value) return value.SS.reduce((sum, text) => sum + utf8Length(text), 0);
  if ('NS' in value) return value.NS.reduce((sum, text) => sum + numberSize(text), 0);
  if ('BS' in value) return value.BS.reduce((sum, bytes) => sum + bytes.length, 0);
  return 1;
}

/** About one byte for two digits, plus one. */
function numberSize(text: string): number {
  let digits = text.length;
  for (let index = 0; index < text.length; index++) if (text[index] === '-' || text[index] === '.') digits--;
  return Math.ceil(digits / 2) + 1;
}

function utf8Length(text: string): number {
  // The call costs more than the loop over a short text, and far less than the loop over a long one.
  if (text.length > 32) return Buffer.byteLength(text);
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // Each half of a surrogate pair counts two of the pair's four bytes.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
