import { expect, it } from 'vitest';
import { versionList } from '../../../../../core/ledger/versions/version-list.ts';

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

it.each<[number[], string]>([
  [[], ''],
  [[7], 'v7'],
  [[1, 2, 3], 'v1, v2, v3'],
  [[1, 2, 3, 4], 'v1–v4'],
  [upTo(60), 'v1–v60'],
  [upTo(60).reverse(), 'v60–v1'],
  [[1, 3, 5, 7, 9], 'v1, v3, v5, v7, v9'],
  [[...upTo(50), 52, 53, 60], 'v1–v50, v52, v53, v60'],
  [[1, 2, 3, 4, 3, 2, 1], 'v1–v4, v3, v2, v1'],
])('writes %j as %s', (sequences, text) => {
  expect(versionList(sequences)).toBe(text);
});
