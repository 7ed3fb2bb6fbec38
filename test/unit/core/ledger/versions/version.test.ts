import { expect, it } from 'vitest';
import {
  mayChange,
  statusAfter,
  type VersionChange,
  type VersionStatus,
  versionChanges,
  versionStatuses,
} from '../../../../../core/ledger/versions/version.ts';

/** Every edge there is; what is not here must not be. */
const edges: Record<VersionChange, readonly string[]> = {
  beginUp: ['none → applying', 'rolledBack → applying', 'applying → applying', 'rollingBack → applying', 'applied → applying'],
  endUp: ['applying → applied'],
  beginDown: ['applied → rollingBack', 'applying → rollingBack', 'rollingBack → rollingBack'],
  endDown: ['rollingBack → rolledBack'],
  settleUp: ['none → applied', 'rolledBack → applied', 'applying → applied', 'rollingBack → applied', 'applied → applied'],
  settleDown: ['applied → rolledBack', 'applying → rolledBack', 'rollingBack → rolledBack'],
  baseline: ['none → applied', 'rolledBack → applied'],
  repair: ['applied → applied'],
  reset: ['applied → rolledBack', 'applying → rolledBack', 'rollingBack → rolledBack'],
};
const all: readonly (VersionStatus | undefined)[] = [undefined, ...versionStatuses];

it.each(Object.keys(versionChanges) as VersionChange[])('%s takes a version from where it may, and from nowhere else', (change) => {
  const found = all.filter((status) => mayChange(change, status)).map((status) => `${status ?? 'none'} → ${statusAfter(change, status)}`);
  expect(found.sort()).toEqual([...edges[change]].sort());
  for (const status of all.filter((status) => !mayChange(change, status))) expect(() => statusAfter(change, status)).toThrow(TypeError);
});
