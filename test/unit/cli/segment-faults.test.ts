import { describe, expect, it } from 'vitest';
import { faultInWords, segmentFaults } from '../../../cli/progress/segment-faults.ts';
import { checkpoint } from '../../support/memory-run-ledger.ts';

const checkpoints = [
  checkpoint(0, faultOf('JournalMissing')),
  checkpoint(1, faultOf('JournalDamaged')),
  checkpoint(2, faultOf('JournalDamaged')),
  checkpoint(3, { done: true, fault: { name: 'Halted', at: 0 } }),
];

function faultOf(name: string) {
  return { done: false, fault: { name, at: 0 } };
}

describe('the errors that ended the segments of a run', () => {
  it('are told if Step Functions only says that too many failed, the most frequent first', () => {
    expect(segmentFaults('States.ExceedToleratedFailureThreshold', checkpoints)).toEqual([
      { name: 'JournalDamaged', segments: 2 },
      { name: 'JournalMissing', segments: 1 },
    ]);
  });

  it('are left out if the run ended by an error of its own', () => {
    expect(segmentFaults('Stopped', checkpoints)).toEqual([]);
    expect(segmentFaults(undefined, checkpoints)).toEqual([]);
  });
});

it('are told with their meaning, if dynamodt knows it', () => {
  expect(faultInWords({ name: 'JournalDamaged', segments: 2 })).toMatch(/^JournalDamaged ended 2 segments: .*\.$/);
  expect(faultInWords({ name: 'TypeError', segments: 1 })).toBe('TypeError ended 1 segment.');
});
