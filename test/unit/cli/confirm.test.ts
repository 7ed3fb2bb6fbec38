import { describe, expect, it } from 'vitest';
import { isConfirmed } from '../../../cli/confirm/confirm-start.ts';
import { outlookLines } from '../../../cli/confirm/outlook.ts';
import { outlookDown } from '../../../cli/confirm/outlook-down.ts';
import { defaultAskAbove, outlookUp } from '../../../cli/confirm/outlook-up.ts';
import { Output } from '../../../cli/terminal/output.ts';
import type { Invocation } from '../../../cli/verb.ts';
import type { WayDown } from '../../../core/plan/down-plan.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { countersWith } from '../../support/run-records.ts';

const plain = { styled: (_: string, text: string) => text };
const nothing = { adds: [], overwrites: [], removes: [], inserts: false, deletes: false };
const adding = version(1, { declared: { ...nothing, adds: ['first'] } });

function version(sequence: number, fields: Partial<Parameters<typeof outlookUp>[0]['versions'][number]> = {}) {
  const trial = trialOf('derived', 160);
  return { sequence, declared: nothing, journaled: false, deployed: 'same' as const, seeds: 0, trial, ...fields };
}

/** Of a sample of 200 items. */
function trialOf(by: 'derived' | 'transformDown' | 'none', changed: number) {
  return { counters: { scanned: 200, changed }, estimated: { scanned: 30_000 }, wayBack: { by } };
}

function planOf(versions: readonly ReturnType<typeof version>[], onDemand: number | null = 1) {
  const cost = {
    onDemand,
    provisioned: onDemand,
    writes: onDemand,
    reads: 0,
    lambda: 0.1,
    stepFunctions: 0,
    rest: 0,
    currency: 'USD',
    asOf: '2025-07-01',
    region: 'us-east-1',
  };
  const byDefault = { budget: {}, seconds: 240, lambdaSeconds: 1 };
  return { table: 'Users', versions, problems: [], size: { items: 30_000, bytes: 1 }, estimate: { cost, byDefault } };
}

describe('a person is asked before up', () => {
  it.each([
    ['removes attributes', { declared: { ...nothing, removes: ['a'] }, journaled: true }, 'v2 removes attributes'],
    ['deletes items', { declared: { ...nothing, deletes: true }, journaled: true }, 'v2 deletes items'],
    [
      'has no exact way back',
      { declared: { ...nothing, overwrites: ['a'] }, trial: trialOf('transformDown', 1) },
      'v2 has no exact way back',
    ],
    ['is deployed with other code than is here', { deployed: 'other' as const }, 'v2 runs deployed code that is not here'],
    ['was not tried', { notTried: 'it exports prepare', trial: null }, 'v2 was not tried'],
  ])('if a version %s', (_, fields, reason) => {
    expect(outlookUp(planOf([adding, version(2, fields)]), defaultAskAbove).reasons).toEqual([reason]);
  });

  it('if it costs more than the amount that was given', () => {
    expect(outlookUp(planOf([adding], 9.95), defaultAskAbove).reasons).toEqual(['it costs more than 10 USD']);
    expect(outlookUp(planOf([adding], 9.9), defaultAskAbove).reasons).toEqual([]);
  });

  it('if it will pause itself at its limit of money', () => {
    expect(outlookUp(planOf([adding], 6), defaultAskAbove, 5).reasons).toEqual(['it will pause itself at 5 USD, before its end']);
    expect(outlookUp(planOf([adding], 4), defaultAskAbove, 5).reasons).toEqual([]);
  });

  it('if its cost is not known, and an amount was given', () => {
    const plan = planOf([adding], null);
    expect(outlookUp(plan, { amount: 10, isAsked: true }).reasons).toEqual([
      'its cost is not known here; `--prices` gives the prices of your region',
    ]);
    expect(outlookUp(plan, defaultAskAbove).reasons).toEqual([]);
  });

  it('not if it only adds, or overwrites with a journal', () => {
    const overwriting = version(2, {
      declared: { ...nothing, overwrites: ['a'] },
      journaled: true,
      trial: trialOf('none', 1),
    });
    expect(outlookUp(planOf([adding, overwriting]), defaultAskAbove).reasons).toEqual([]);
  });

  it('with what it does, how many, how long, for how much, and the way back', () => {
    const removing = version(2, { declared: { ...nothing, removes: ['name'] }, journaled: true });
    const outlook = outlookUp(planOf([adding, { ...removing, trial: trialOf('none', 1) }]), defaultAskAbove);

    expect(outlookLines(outlook, plain)).toEqual([
      'Users up v1, v2',
      '  what      v1 adds first; v2 removes name',
      '  how many  changes 22,000–25,000 (v1), 26–830 (v2) of 30,000 items',
      '  takes     about 4m 0s, and about 1.10 USD (on demand, us-east-1)',
      '  way back  v1 removes what it added; v2 by its journal',
      'You are asked because v2 removes attributes.',
    ]);
  });
});

describe('before down', () => {
  const applied = { table: 'Users', sequence: 2, status: 'applied', checksum: 'c2', file: 'Users/v2.ts', run: 'r1', at: '' } as const;
  const counters = countersWith({ changed: 25_000, readUnits: 1000, writeUnits: 2_000_000 });
  const way: WayDown = { sequence: 2, state: 'applied', file: 'Users/v2.ts', deployed: 'same', way: 'function', by: 'transformDown' };

  it('a person is always asked', () => {
    const outlook = outlookDown('Users', [{ ...applied, counters }], { exact: false, to: 0, versions: [way] });
    expect(outlook && outlookLines(outlook, plain)).toEqual([
      'Users down v2',
      '  what      takes v2 back by its transformDown',
      '  how many  its runs changed 25,000 items and inserted 0; down reads the whole table',
      '  takes     up took 1,000 read and 2,000,000 write units, about 1.25 USD (on demand, us-east-1)',
      '  way back  `dynamodt up Users` applies it again',
      'You are asked because it takes data away that is in the table now.',
    ]);
  });

  it('a person is not asked about a start that will be refused', () => {
    const versions = [{ ...way, way: 'none' as const }];
    expect(outlookDown('Users', [applied], { exact: false, to: 2, versions })).toBeUndefined();
    expect(outlookDown('Users', [], { exact: false, to: 0, versions: [] })).toBeUndefined();
  });
});

describe('nothing is asked, and nothing looked at', () => {
  it.each([
    ['without a terminal', {}, undefined],
    ['with --yes', { yes: true }, 'ask'],
    ['for a dry run', {}, 'dryRun'],
  ])('%s', async (_, options, how) => {
    const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
    const ask = how === undefined ? undefined : () => Promise.reject(new Error('a question'));
    const invocation = { table: 'Users', options, output: new Output({ stdout, stderr, json: false }), ask, config: undefined };
    const input = { table: 'Users', direction: 'down', dryRun: how === 'dryRun' };

    expect(
      await isConfirmed(input, {
        ...invocation,
        get service() {
          return noService();
        },
      } as Invocation),
    ).toBe(true);
    expect(stdout.text + stderr.text).toBe('');
  });
});

function noService(): never {
  throw new Error('a request');
}
