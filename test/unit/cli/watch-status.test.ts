import { expect, it } from 'vitest';
import { watchStatus } from '../../../cli/status/watch-status.ts';
import { Output } from '../../../cli/terminal/output.ts';
import type { Invocation } from '../../../cli/verb.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { MemoryTerminal } from '../../support/memory-terminal.ts';
import { aStatusRun, countersWith } from '../../support/run-records.ts';

const service = { explained: async (error: unknown) => error } as Invocation['service'];

it('shows the status in place until it is interrupted, and leaves the last one on the screen', async () => {
  const terminal = new MemoryTerminal(100);
  const output = new Output({ stdout: terminal, stderr: new MemoryStream(), json: false });
  const interrupted = new AbortController();
  let looks = 0;
  const look = async () => {
    looks++;
    interrupted.abort();
    return [{ table: 'Users', applied: [1], pending: [2] }];
  };

  expect(await watchStatus({ output, service }, look, interrupted.signal)).toBe(0);
  expect(looks).toBe(1);
  expect(terminal.screen.join('\n')).toMatch(/^table +applied +pending.*\n.*Users +v1 +v2/);
});

it('goes on if AWS does not answer for a while, and ends with any other error', async () => {
  const terminal = new MemoryTerminal(100);
  const output = new Output({ stdout: terminal, stderr: new MemoryStream(), json: false });
  const interrupted = new AbortController();
  const unreachable = () => {
    interrupted.abort();
    return Promise.reject(Object.assign(new Error('x'), { name: 'EndpointUnreachable' }));
  };
  expect(await watchStatus({ output, service }, unreachable, interrupted.signal)).toBe(0);
  expect(terminal.screen).toEqual(['AWS does not answer, trying again']);
  await expect(watchStatus({ output, service }, () => Promise.reject(new Error('other')), new AbortController().signal)).rejects.toThrow(
    'other',
  );
});

it('shows when the pass ends by the rate between its looks, also on a narrow terminal and of a run that was redriven', async () => {
  const terminal = new MemoryTerminal(80);
  const output = new Output({ stdout: terminal, stderr: new MemoryStream(), json: false });
  const interrupted = new AbortController();
  let scanned = 10_000;
  const look = async () => {
    scanned += 1000;
    if (scanned >= 13_000) interrupted.abort();
    // As of a redriven run: without a rate since its start.
    const progress = {
      sequence: 2,
      pass: 1,
      segmentsDone: 20,
      totalSegments: 100,
      scanned,
      counters: countersWith({ scanned }),
      share: 0.2,
    };
    return [{ table: 'Users', applied: [1], pending: [2], run: { ...aStatusRun({ progress }), status: 'running' as const } }];
  };
  await watchStatus({ output, service }, look, interrupted.signal, 0, () => 4 * scanned);

  expect(terminal.screen.join('\n')).toMatch(/\d\/s .*ETA [0-9]+m? ?[0-9]*s/);
});

it('looks less often at a run of many segments, since each look reads all of their checkpoints', async () => {
  const terminal = new MemoryTerminal(100);
  const output = new Output({ stdout: terminal, stderr: new MemoryStream(), json: false });
  const interrupted = new AbortController();
  const drawn: string[] = [];
  const progress = { sequence: 2, pass: 1, segmentsDone: 20, totalSegments: 10_000, scanned: 0, counters: countersWith({}), share: 0.2 };
  const look = async () => [
    { table: 'Users', applied: [1], pending: [2], run: { ...aStatusRun({ progress }), status: 'running' as const } },
  ];
  const watching = watchStatus(
    { output: Object.assign(output, { progress: drawnBy(drawn, interrupted) }), service },
    look,
    interrupted.signal,
  );

  expect(await watching).toBe(0);
  expect(drawn).toEqual([expect.stringContaining('every 10 seconds')]);
});

/** Interrupts after the first frame. */
function drawnBy(drawn: string[], interrupted: AbortController) {
  return (frame: () => readonly string[]): void => {
    drawn.push(frame().join('\n'));
    interrupted.abort();
  };
}
