import { expect, it } from 'vitest';
import { parseRunInput } from '../../../../core/run/run-input.ts';

it.each(['', 'a/b', '..', 'a b', '../shared'])('refuses %j, which names no table', (table) => {
  expect(() => parseRunInput({ table })).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
});
