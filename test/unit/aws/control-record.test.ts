import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ControlRecord, toStoredControl } from '../../../aws/ledger/control-record.ts';
import { fromRecord, toRecord } from '../../../aws/ledger/ledger-record.ts';
import type { BudgetSource } from '../../../core/ledger/budget.ts';
import type { Control } from '../../../core/ledger/control.ts';
import { noCounters } from '../../../core/ledger/counters.ts';

/** A control with every field of its own value, and every optional one there or not. */
const count = fc.nat();
const text = fc.string({ minLength: 1 });
const counters = fc.record({ scanned: count, changed: count }).map((counted) => ({ ...noCounters(), ...counted }));
const preparation = fc.record({ table: text, sequence: count, checksum: text, version: text });
const source: fc.Arbitrary<BudgetSource> = fc.oneof(
  fc.record({ kind: fc.constant('input' as const) }),
  fc.record({ kind: fc.constant('unknown' as const) }),
  fc.record({ kind: fc.constant('throttle' as const), by: text, since: text }),
  fc.record({ kind: fc.constant('throughput' as const), of: fc.constantFrom('warm', 'provisioned', 'maximum'), units: count, index: text }),
);
const control: fc.Arbitrary<Control> = fc.record({
  run: text,
  table: text,
  shape: fc.constant({ name: 'users-prod', keys: [{ name: 'id', type: 'S' as const }], indexKeys: { email: 'S' as const }, indexes: [] }),
  direction: fc.constantFrom('up', 'down'),
  dryRun: fc.boolean(),
  totalSegments: count,
  fence: count,
  pass: count,
  step: count,
  sequence: count,
  checksum: text,
  prepares: fc.boolean(),
  preparation: maybe(preparation),
  earlier: fc.array(fc.record({ sequence: count, checksum: text, preparation: maybe(preparation) }), { maxLength: 2 }),
  decision: fc.record({ number: count, kind: fc.constantFrom('prepare', 'transform', 'wait', 'quiet', 'succeed'), redriveCount: count }),
  budget: fc.record({
    writeUnits: maybe(count),
    readUnits: maybe(count),
    writeUnitsSource: maybe(source),
    readUnitsSource: maybe(source),
    itemUnits: maybe(count),
    maxConcurrency: count,
    workers: count,
    sharedAt: maybe(count),
  }),
  marks: fc.record({
    paused: maybe(fc.record({ by: text, since: text })),
    stopped: maybe(fc.record({ by: text, since: text, redriveCount: count })),
    taskToken: maybe(text),
    failures: count,
    maxFailures: count,
  }),
  convergence: fc.record({ firstPass: count, changedBefore: maybe(count), progressBefore: count, mapsWithoutProgress: count }),
  settled: fc.record({ run: counters, sequence: maybe(counters), isCovered: maybe(fc.boolean()) }),
  lease: fc.record({
    leaseMs: count,
    controlIntervalMs: count,
    mayHaveZombies: fc.boolean(),
    quietMs: count,
    lateUntil: maybe(count),
    quietUntil: maybe(count),
  }),
  ended: fc.boolean(),
});

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

it('reads from the ledger the control that was written', () => {
  fc.assert(
    fc.property(control, (written) => {
      expect(fromRecord(ControlRecord, toRecord(toStoredControl(written)))).toEqual(written);
    }),
  );
});

it('names every attribute, so that an update removes those that are undefined', () => {
  fc.assert(
    fc.property(control, control, (one, other) => {
      expect(Object.keys(toStoredControl(one)).sort()).toEqual(Object.keys(toStoredControl(other)).sort());
    }),
  );
});

it('stores each mark, share and limit as an attribute of its own, as they are changed beside the decisions', () => {
  fc.assert(
    fc.property(control, ({ budget, marks, decision, fence, ...rest }) => {
      expect(toStoredControl({ budget, marks, decision, fence, ...rest })).toMatchObject({
        ...budget,
        ...marks,
        fence,
        decisionNumber: decision.number,
      });
    }),
  );
});
