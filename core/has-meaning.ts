import { type AttributeValue, sameValue } from './attribute-value.ts';
import { encode } from './encode-value.ts';
import { ItemError } from './errors.ts';

/** True where a native value means what is stored, so that it need not, and must not, be written again. An unstorable value never does. */
export const hasMeaning = (stored: AttributeValue, value: unknown): boolean => {
  if (typeof value === 'string') return 'S' in stored && stored.S === value;
  if (typeof value === 'boolean') return 'BOOL' in stored && stored.BOOL === value;
  try {
    return sameValue(stored, encode(value, ''));
  } catch (error) {
    if (error instanceof ItemError) return false;
    throw error;
  }
};
