import { setImmediate } from 'node:timers/promises';
import type { MaybePromise } from '../../../core/change/maybe-promise.ts';
import { TeamFunctions } from '../../../core/change/team-functions.ts';
import { ItemError, type ItemErrorDetails, type ItemErrorName } from '../../../core/errors.ts';
import type { Place } from '../../../core/transformation/look.ts';
import { thrownName } from '../../../core/transformation/thrown-error.ts';
import { environment } from '../environment.ts';
import { takeMuted } from '../muted-console.ts';
import { systemClock } from '../system-clock.ts';
import { startWatchdog } from './watchdog.ts';

/** The argument with which a bundle is started to decide for a worker. */
export const decidesArgument = 'decide-for-worker';

export type DecidingMessage<Decision> =
  | { kind: 'ready' }
  /** The event loop runs. */
  | { kind: 'beat' }
  /** The code used the console so often since it was last told. */
  | { kind: 'muted'; calls: number }
  /** `readUnits` is what look-ups consumed. */
  | { kind: 'decided'; decision: Decision; readUnits: number }
  | { kind: 'failed'; name: ItemErrorName; text: string; details: ItemErrorDetails; readUnits: number }
  /** The code could not be loaded or bound. */
  | { kind: 'broken'; name: string; text: string }
  | { kind: 'ended'; cause: string };

const beatMs = 250;

/**
 * Decides what the parent asks, if `openDecidingProcess` started this process. Otherwise it does nothing.
 *
 * @param bind called with the subject for which the process was opened
 * @param takeReadUnits the read units that look-ups consumed since the last call
 */
export function serveDecisions<Subject, Asked, Decision>(
  bind: (subject: Subject) => Promise<(asked: Asked, place: Place) => MaybePromise<Decision>>,
  takeReadUnits: () => number = () => 0,
): void {
  if (process.argv[2] !== decidesArgument) return;
  // The error's message may hold item data, so it is not left to Node.js, which prints it.
  process.on('uncaughtException', (error) => {
    process.send?.({ kind: 'ended', cause: `${thrownName(error)} was thrown where nobody catches it` }, () => process.exit(1));
  });
  process.on('disconnect', () => process.exit());
  // If the parent is gone, nobody else ends code that never returns.
  startWatchdog(2 * environment.maxHeldSeconds);
  const functions = new TeamFunctions(systemClock);
  const send = (message: DecidingMessage<Decision>): void => void process.send?.(message);
  const sendMuted = (): void => {
    const calls = takeMuted();
    if (calls > 0) send({ kind: 'muted', calls });
  };
  process.once('message', (subject: Subject) => {
    const bound = bind(subject);
    bound.then(
      () => send({ kind: 'ready' }),
      (error: unknown) => send(brokenBy(error)),
    );
    setInterval(() => {
      // Code that blocks or ends the process later gives no answer to send them with.
      sendMuted();
      send({ kind: 'beat' });
    }, beatMs);
    process.on('message', async (asked: Asked) => {
      const answer = await bound.then((decide) => answerOf(() => functions.run((place) => decide(asked, place)), takeReadUnits), brokenBy);
      // A rejection that the function left behind ends the process before the answer.
      await setImmediate();
      sendMuted();
      send(answer);
    });
  });
}

async function answerOf<Decision>(decide: () => MaybePromise<Decision>, takeReadUnits: () => number): Promise<DecidingMessage<Decision>> {
  try {
    return { kind: 'decided', decision: await decide(), readUnits: takeReadUnits() };
  } catch (error) {
    if (!(error instanceof ItemError)) return brokenBy(error);
    return { kind: 'failed', name: error.name, text: error.message, details: error.details, readUnits: takeReadUnits() };
  }
}

function brokenBy(error: unknown): Extract<DecidingMessage<never>, { kind: 'broken' }> {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'broken', name, text: message };
}
