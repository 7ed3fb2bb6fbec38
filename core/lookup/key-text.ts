import type { Image } from '../values/attribute-value.ts';
import { canonicalNumber } from '../values/number-value.ts';

/** A text that is the same only for equal keys of one table, however their numbers are written, and in whatever order their attributes are named. */
export function lookupKeyText(key: Image): string {
  let text = '';
  for (const name of Object.keys(key).sort()) {
    const value = key[name];
    if (!value) continue;
    if ('S' in value) text += `S${value.S.length}:${value.S}`;
    else if ('N' in value) text += `N${canonicalNumber(value.N)};`;
    else if ('B' in value) text += `B${Buffer.from(value.B).toString('base64')};`;
  }
  return text;
}
