import { setImmediate } from 'node:timers/promises';
import type { ItemDecision } from '../../core/change/change.ts';
import type { ItemDecider } from '../../core/change/decide-change.ts';
import { TeamFunctions } from '../../core/change/team-functions.ts';
import { ItemError, type ItemErrorDetails, type ItemErrorName } from '../../core/errors.ts';
import type { Control } from '../../core/ledger/control.ts';
import { type BindPorts, bindSequences } from '../../core/segment/bind-sequences.ts';
import { thrownName } from '../../core/transformation/thrown-error.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { environment } from './environment.ts';
import { systemClock } from './system-clock.ts';
import { startWatchdog } from './watchdog.ts';

/** The argument with which a bundle is started to decide for a worker. */
export const decidesArgument = 'decide-for-worker';

export type DecidingMessage =
  | { kind: 'ready' }
  /** The event loop runs. */
  | { kind: 'beat' }
  | { kind: 'decided'; decision: ItemDecision }
  | { kind: 'failed'; name: ItemErrorName; text: string; details: ItemErrorDetails }
  /** The code could not be loaded or bound. */
  | { kind: 'broken'; name: string; text: string }
  | { kind: 'ended'; cause: string };

const beatMs = 250;

/** Decides on images that the parent sends after the control, if `openDecidingProcess` started this process. Otherwise it does nothing. */
export function serveDecisions(ports: BindPorts): void {
  if (process.argv[2] !== decidesArgument) return;
  // The error's message may hold item data, so it is not left to Node.js, which prints it.
  process.on('uncaughtException', (error) => {
    process.send?.({ kind: 'ended', cause: `${thrownName(error)} was thrown where nobody catches it` }, () => process.exit(1));
  });
  process.on('disconnect', () => process.exit());
  // If the parent is gone, nobody else ends code that never returns.
  startWatchdog(2 * environment.maxHeldSeconds);
  process.once('message', (control: Control) => decideWith(control, ports));
}

function decideWith(control: Control, ports: BindPorts): void {
  const functions = new TeamFunctions(systemClock);
  const bound = bind(control, ports);
  bound.then(
    () => send({ kind: 'ready' }),
    (error: unknown) => send(brokenBy(error)),
  );
  setInterval(() => send({ kind: 'beat' }), beatMs);
  process.on('message', async (image: Image) => {
    const answer = await bound.then(({ decide }) => answerOf(() => functions.run(() => decide(image))), brokenBy);
    // A rejection that the function left behind ends the process before the answer.
    await setImmediate();
    send(answer);
  });
}

function send(message: DecidingMessage): void {
  process.send?.(message);
}

async function bind(control: Control, ports: BindPorts): Promise<ItemDecider> {
  const code = await ports.loadTransformation(control.table, control.sequence);
  if (!code) throw new Error(`${control.table} v${control.sequence} is not deployed.`);
  return bindSequences(control, code, ports);
}

async function answerOf(decide: () => ItemDecision | Promise<ItemDecision>): Promise<DecidingMessage> {
  try {
    return { kind: 'decided', decision: await decide() };
  } catch (error) {
    return error instanceof ItemError ? { kind: 'failed', name: error.name, text: error.message, details: error.details } : brokenBy(error);
  }
}

function brokenBy(error: unknown): DecidingMessage {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'broken', name, text: message };
}
