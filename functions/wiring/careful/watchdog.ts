import { Worker } from 'node:worker_threads';
import { environment } from '../environment.ts';

const tickMs = 1000;
/** The thread needs hardly any memory, and must leave it to the function. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/**
 * The thread counts ticks of its own without a beat of the main thread, so that the time for which Lambda freezes the process does not count. It is
 * killed, not exited: only that ends a process whose main thread never returns. Lambda answers Runtime.ExitError, which the state machine retries.
 */
const source = `
const { writeSync } = require('node:fs');
const { beats, ticks } = require('node:worker_threads').workerData;
let seen = -1;
let without = 0;
setInterval(() => {
  const now = Atomics.load(beats, 0);
  without = now === seen ? without + 1 : 0;
  seen = now;
  if (without < ticks) return;
  writeSync(2, JSON.stringify({ level: 'ERROR', message: 'eventLoopHeld', seconds: without }) + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, ${tickMs});
`;

let isStarted = false;

/** Ends this process if code of the team holds its event loop for too long. It costs one beat a second. */
export function startWatchdog(maxHeldSeconds = environment.maxHeldSeconds): void {
  if (isStarted) return;
  isStarted = true;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(beats, 0, 1), tickMs).unref();
  const ticks = Math.ceil((maxHeldSeconds * 1000) / tickMs);
  new Worker(source, { eval: true, workerData: { beats, ticks }, resourceLimits }).unref();
}
