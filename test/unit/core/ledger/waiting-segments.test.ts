import { expect, it } from 'vitest';
import { takeOver } from '../../../../core/ledger/checkpoint.ts';
import { waitingSegments } from '../../../../core/ledger/waiting-segments.ts';
import { checkpoint } from '../../../support/memory-run-ledger.ts';

const now = 1_000_000;

function left(segment: number, name: string, at: number) {
  return checkpoint(segment, { done: false, fault: { name, at } });
}

function silentSince(at: number) {
  return checkpoint(0, { done: false, signedOff: false, pace: { readUnits: 0, writeUnits: 0, limit: 'writeBudget', at } });
}

it('names the error that most waiting segments ended by, how many wait, and since when', () => {
  const waiting = waitingSegments([left(0, 'TimeoutError', 900), left(1, 'ThrottlingException', 700), left(2, 'TimeoutError', 800)], now);

  expect(waiting).toEqual({ segments: 3, error: 'TimeoutError', since: 700 });
});

it('counts a worker that was killed or cannot reach the ledger, once it is silent for a minute', () => {
  expect(waitingSegments([silentSince(now - 61_000)], now)).toEqual({ segments: 1, error: 'WorkerLost', since: now - 61_000 });
  expect(waitingSegments([silentSince(now - 59_000)], now)).toBeUndefined();
});

it('leaves out segments that are done, or whose worker left because its time was short', () => {
  expect(waitingSegments([checkpoint(0, { fault: { name: 'TimeoutError', at: 1 } }), checkpoint(1, { done: false })], now)).toBeUndefined();
});

it('ends when the next worker takes the segment', () => {
  const taken = takeOver({ run: 'r1', pass: 1, segment: 0 }, { sequence: 3, checksum: 'c3' }, left(0, 'TimeoutError', 900));

  expect(waitingSegments([taken], now)).toBeUndefined();
});
