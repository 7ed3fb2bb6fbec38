import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Turns } from '../../../local/functions/turns.ts';

const patienceMs = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

let granted: string[];
beforeEach(() => {
  granted = [];
});

async function ask(turns: Turns, name: string, processes = 0, signal?: AbortSignal): Promise<void> {
  turns.take(signal, processes).then(
    () => granted.push(name),
    (reason) => granted.push(`${name}: ${reason}`),
  );
  await vi.advanceTimersByTimeAsync(0);
}

it('lets the next caller wait for the turn that is taken, and gives another only when its patience has ended', async () => {
  const turns = new Turns(3, patienceMs);
  await ask(turns, 'first');
  await ask(turns, 'second', 1);
  expect(granted).toEqual(['first']);
  await vi.advanceTimersByTimeAsync(patienceMs - 1);
  await ask(turns, 'third', 1);
  expect(granted).toEqual(['first']);
  await vi.advanceTimersByTimeAsync(1);
  expect(granted).toEqual(['first', 'second']);
  turns.giveBack();
  await vi.advanceTimersByTimeAsync(0);
  expect(granted).toEqual(['first', 'second', 'third']);
});

it('gives all turns at once without a patience', async () => {
  const turns = new Turns(3);
  for (const name of ['first', 'second', 'third', 'fourth']) await ask(turns, name);
  expect(granted).toEqual(['first', 'second', 'third']);
});

it('gives as many turns at once as there are processes', async () => {
  const turns = new Turns(3, patienceMs);
  for (const name of ['first', 'second', 'third']) await ask(turns, name, 2);
  expect(granted).toEqual(['first', 'second']);
});

it('never gives more turns than the limit, to callers in their order', async () => {
  const turns = new Turns(2, patienceMs);
  for (const name of ['first', 'second', 'third', 'fourth']) await ask(turns, name, 4);
  await vi.advanceTimersByTimeAsync(3 * patienceMs);
  expect(granted).toEqual(['first', 'second']);
  turns.giveBack();
  turns.giveBack();
  await vi.advanceTimersByTimeAsync(0);
  expect(granted).toEqual(['first', 'second', 'third', 'fourth']);
});

it('gives a turn at once again when all are given back', async () => {
  const turns = new Turns(2, patienceMs);
  await ask(turns, 'first');
  turns.giveBack();
  await ask(turns, 'second');
  expect(granted).toEqual(['first', 'second']);
});

it('lets a caller leave whose signal aborts', async () => {
  const turns = new Turns(2, patienceMs);
  const controller = new AbortController();
  await ask(turns, 'first');
  await ask(turns, 'second', 1, controller.signal);
  await ask(turns, 'third', 1);
  controller.abort('given up');
  await vi.advanceTimersByTimeAsync(patienceMs);
  expect(granted).toEqual(['first', 'second: given up', 'third']);
});
