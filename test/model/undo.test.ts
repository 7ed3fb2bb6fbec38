import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forgettingAtTake, withTable } from './defects.ts';
import { exploration } from './explore.ts';
import { goUpAndUndo, type UndoAction, type UndoDefect, type UndoSchedule } from './undo.ts';
import type { VersionSpec } from './version.ts';

/** P11: what a run changed goes back exactly, but for what the application wrote since. */

const { numRuns, seed, timeoutMs } = exploration(1 / 6);
const { MODEL_PATH } = process.env;

const versions: fc.Arbitrary<Partial<VersionSpec>> = fc.record({
  sortKey: fc.boolean(),
  fills: fc.constantFrom([], [{ name: 'x', from: 'a' }], [{ name: '#x', from: 'a' }]),
  overwrites: fc.constantFrom(undefined, 'b', 'o'),
  removes: fc.constantFrom(undefined, 'r', ':r'),
  inserts: fc.boolean(),
  deletes: fc.constantFrom(undefined, undefined, 'always'),
  rekeys: fc.constantFrom(false, false, true),
} as const);

const actions: fc.Arbitrary<UndoAction> = fc
  .tuple(
    fc.record({ at: fc.nat(60), moment: fc.constantFrom('now', 'now', 'before', 'after') } as const),
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          what: fc.constantFrom('set', 'set', 'set', 'remove', 'put', 'delete'),
          item: fc.nat(3),
          place: fc.constantFrom('own', 'own', 'child', 'new'),
          name: fc.nat(23),
        } as const),
      },
      {
        weight: 2,
        arbitrary: fc.record({ what: fc.constant('kill'), worker: fc.nat(1), inFlight: fc.constantFrom('arrives', 'dropped') } as const),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          what: fc.constant('fault'),
          fault: fc.constantFrom('throttle', 'throttleOne', 'conflict', 'loseAnswer', 'withoutImage'),
        } as const),
      },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('zombie'), worker: fc.nat(1) } as const) },
    ),
  )
  .map(([when, action]) => ({ ...when, ...action }));

function schedules(version: fc.Arbitrary<Partial<VersionSpec>> = versions): fc.Arbitrary<UndoSchedule> {
  return fc.record({
    version,
    items: fc.array(fc.array(fc.nat(23), { maxLength: 5, size: 'max' }), { minLength: 1, maxLength: 4 }),
    segments: fc.integer({ min: 1, max: 2 }),
    order: fc.nat(1_000_000),
    pageSize: fc.constantFrom(1, 3, 100),
    passes: fc.integer({ min: 1, max: 4 }),
    up: fc.array(actions, { maxLength: 6 }),
    down: fc.array(actions, { maxLength: 6 }),
  });
}

async function undo(schedule: UndoSchedule, defect?: UndoDefect) {
  const result = await goUpAndUndo(schedule, defect);
  if (result.violation !== undefined) throw new Error(`${result.violation}\n${result.trace.join('\n')}`);
  if (result.limits.ontoDeleted === 0) expect(result.found, result.trace.join('\n')).toEqual(result.expected);
  return result;
}

describe('a run that is taken back by its journal', () => {
  it(
    'leaves each item as it was, or as the application left it, whatever that writes and wherever workers die',
    async () => {
      let changed = 0;
      let overtaken = 0;
      let limited = 0;
      const property = fc.asyncProperty(schedules(), async (schedule) => {
        const result = await undo(schedule);
        changed += result.changed;
        overtaken += result.overtaken;
        for (const count of Object.values(result.limits)) if (count > 0) limited++;
      });

      await fc.assert(property, { numRuns, seed, ...(MODEL_PATH === undefined ? {} : { path: MODEL_PATH }) });

      if (MODEL_PATH !== undefined) return;
      expect(changed).toBeGreaterThan(numRuns);
      expect(overtaken).toBeGreaterThan(numRuns / 10);
      // The limits of docs/promises.md are rare even here, where the application writes all the time.
      expect(limited).toBeLessThan(numRuns / 20);
    },
    timeoutMs,
  );
});

/** Mistakes that the model must find, and the versions that show them. */
const defects: Record<string, UndoDefect & { version: Partial<VersionSpec> }> = {
  'an undo without its condition': {
    version: { overwrites: 'o' },
    operation: (operation) => ({ ...operation, conditions: operation.conditions.filter(({ kind }) => kind === 'exists') }),
  },
  'the oldest change first': {
    version: { overwrites: 'o' },
    journal: (objects) => objects.map((records) => records.toReversed()).reverse(),
  },
  'a change that was not applied, and of which the journal does not say so': {
    version: { deletes: 'always' },
    journal: (objects) => objects.map((records) => records.filter(({ kind }) => kind !== 'notApplied')),
  },
  'a take of a segment that forgets what was saved since the checkpoint was read': {
    version: { overwrites: 'o' },
    up: forgettingAtTake,
  },
  'attributes beside a newer one that do not go back': {
    version: { fills: [{ name: 'x', from: 'a' }], overwrites: 'o', removes: 'r' },
    worker: (ports) =>
      withTable(ports, (table) => ({
        writeBatch: async (writes, mayWrite) => {
          const results = await table.writeBatch(writes, mayWrite);
          return results.map((result) => (result.kind === 'conditionFailed' ? { kind: 'written' } : result));
        },
      })),
  },
  'a deleted item that comes back over another one': {
    version: { deletes: 'always' },
    operation: (operation) => (operation.kind === 'put' ? { ...operation, conditions: [] } : operation),
  },
  'a moved item that is then there twice': {
    version: { rekeys: true },
    worker: (ports) =>
      withTable(ports, (table) => ({
        writeTogether: (writes, mayWrite) =>
          table.writeTogether(
            writes.filter(({ kind }) => kind === 'put'),
            mayWrite,
          ),
      })),
  },
};

describe('the model', () => {
  const maxSchedules = 3_000;

  it.each(Object.entries(defects))(
    'finds %s',
    async (_, { version, ...defect }) => {
      const property = fc.asyncProperty(schedules(fc.constant(version)), async (schedule) => {
        await undo(schedule, defect);
      });

      const { failed, numRuns: needed } = await fc.check(property, { numRuns: maxSchedules, seed: 1, endOnFailure: true });

      expect(failed, `not found in ${needed} schedules`).toBe(true);
    },
    timeoutMs,
  );
});
