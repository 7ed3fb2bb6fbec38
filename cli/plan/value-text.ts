import type { ShownImage, ShownValue } from '../../core/plan/mask-value.ts';
import { jsonText } from '../terminal/json-text.ts';

const longest = 80;

/** A value as text: `"Ada"` if it may be shown, otherwise `string of 3 characters`. */
export function valueText({ type, length, value }: ShownValue): string {
  if (!value) return `${words[type]}${length === undefined ? '' : ` of ${length} ${units[type]}${length === 1 ? '' : 's'}`}`;
  // Numbers stay the text that DynamoDB stores: a JavaScript number may not be exact.
  const text =
    'N' in value
      ? value.N
      : 'S' in value
        ? jsonText(value.S)
        : type === 'NULL'
          ? 'null'
          : 'BOOL' in value
            ? String(value.BOOL)
            : jsonText(value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** `country: string of 2 characters, cityId: number of 7 digits` */
export function imageText(image: ShownImage): string {
  return Object.entries(image)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(', ');
}

const words: Record<ShownValue['type'], string> = {
  S: 'string',
  N: 'number',
  B: 'binary',
  SS: 'set',
  NS: 'set',
  BS: 'set',
  M: 'map',
  L: 'list',
  BOOL: 'boolean',
  NULL: 'null',
};

const units: Record<ShownValue['type'], string> = {
  S: 'character',
  N: 'digit',
  B: 'byte',
  SS: 'string',
  NS: 'number',
  BS: 'binary value',
  M: 'name',
  L: 'element',
  BOOL: '',
  NULL: '',
};
