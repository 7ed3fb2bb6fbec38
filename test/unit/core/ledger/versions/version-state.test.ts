import { expect, it } from 'vitest';
import { baselineRun, type Version } from '../../../../../core/ledger/versions/version.ts';
import { type VersionState, versionState } from '../../../../../core/ledger/versions/version-state.ts';

function of(status: Version['status'], run = 'r1', fromPredecessor?: boolean) {
  return { status, run, fromPredecessor };
}

it.each<[ReturnType<typeof of> | undefined, Parameters<typeof versionState>[1], VersionState]>([
  [undefined, {}, 'pending'],
  [undefined, { isUnfilled: true }, 'notFilledIn'],
  [of('applying'), { isUnderWay: true }, 'applying'],
  [of('applying'), {}, 'halfwayUp'],
  [of('rollingBack'), { isUnderWay: true }, 'rollingBack'],
  [of('rollingBack'), {}, 'halfwayDown'],
  [of('applied'), {}, 'applied'],
  [of('applied', baselineRun), {}, 'baselined'],
  [of('applied', baselineRun, true), {}, 'appliedBefore'],
  [of('rolledBack'), {}, 'rolledBack'],
])('%j with %j is %s', (version, now, state) => {
  expect(versionState(version, now)).toBe(state);
});
