import { countOf } from '../../count-of.ts';
import { grouped } from '../../grouped.ts';
import type { RunEvent } from './run-event.ts';

type Untold<Event> = Event extends unknown ? Omit<Event, 'text'> : never;
/** An event without its sentence. */
export type UntoldEvent = Untold<RunEvent>;

/** The event with the sentence that people read, in a mail or a channel of a chat. */
export function told(event: UntoldEvent): RunEvent {
  return { ...event, text: `dynamodt: ${event.table}: ${sentenceOf(event)}` };
}

function sentenceOf(event: UntoldEvent): string {
  const what = runOf(event);
  switch (event.kind) {
    case 'runStarted':
      return `a ${what} of ${versions(event.sequences)} started${starter(event)}.`;
    case 'runContinued':
      return `the ${what} goes on with ${versions(event.sequences)}${starter(event)}.`;
    case 'startRefused':
      return `the start of a ${what} was refused with ${event.error.name}: ${event.error.meaning}`;
    case 'runPaused':
      if (event.why === 'hours') return `the ${what} waits in ${pass(event)} for the hours in which it may write (${event.by}).`;
      return event.why === 'limit'
        ? `the ${what} paused itself in ${pass(event)}, at its limit (${event.by}).`
        : `the ${what} was paused in ${pass(event)} by ${event.by}.`;
    case 'runResumed':
      return `the ${what} was resumed in ${pass(event)}${event.by === undefined ? '' : ` by ${event.by}`}.`;
    case 'runWaiting':
      return event.for === 'approval'
        ? `the ${what} ${didInWords(event)} and waits for an approval in ${pass(event)}. \`dynamodt resume ${event.table}\` lets it go on${event.undoneBy === undefined ? '' : `, \`${event.undoneBy}\` ${event.direction === 'up' ? 'takes back what it did' : 'applies again what it took back'}`}.`
        : `the ${what} waits${event.until === undefined ? '' : ` until ${event.until}`}, because a request without an answer can still be applied.`;
    case 'versionApplied':
      return `v${event.sequence} is applied: ${counted(event.counters)}.`;
    case 'versionRolledBack':
      return `v${event.sequence} is rolled back: ${counted(event.counters)}.`;
    case 'runSucceeded':
      return `the ${what} of ${versions(event.sequences)} succeeded: ${counted(event.counters)}.`;
    case 'runFailed':
      return `the ${what} failed${event.sequence === undefined ? '' : ` in v${event.sequence}`} with ${event.error.name}: ${event.error.meaning} \`dynamodt status ${event.table}\` says more.`;
    case 'runStopped':
      return `the ${what} was stopped in ${pass(event)}${event.by === undefined ? '' : ` by ${event.by}`}: ${counted(event.counters)}.`;
    case 'budgetChanged':
      return `${event.by} changed the budget of the ${what}: ${budgets(event)}.`;
  }
}

function runOf({ direction, dryRun, prepareOnly }: UntoldEvent): string {
  return prepareOnly ? 'run that only prepares' : `${dryRun ? 'dry run' : 'run'} ${direction}`;
}

function didInWords({ changes, cost }: Extract<UntoldEvent, { kind: 'runWaiting' }>): string {
  if (cost) return `cost nearly ${grouped(cost.amount)} ${cost.currency}`;
  return `changed ${changes === undefined ? 'as many items as it may' : `up to ${countOf(changes, 'item')}`}`;
}

const maxNamed = 5;

function versions(sequences: readonly number[]): string {
  if (sequences.length <= maxNamed) return sequences.map((sequence) => `v${sequence}`).join(', ');
  return `v${sequences[0]} to v${sequences.at(-1)} (${countOf(sequences.length, 'version')})`;
}

function pass({ sequence, together = [] }: { sequence: number; together?: readonly number[] | undefined }): string {
  return versions([sequence, ...together]);
}

function starter({ startedBy, reason }: { startedBy?: string | undefined; reason?: string | undefined }): string {
  return `${startedBy === undefined ? '' : ` by ${startedBy}`}${reason === undefined ? '' : `, for this reason: ${reason}`}`;
}

function counted({ scanned, changed, inserted, deleted }: { scanned: number; changed: number; inserted: number; deleted: number }): string {
  const all = [
    [scanned, 'scanned'],
    [changed, 'changed'],
    [inserted, 'inserted'],
    [deleted, 'deleted'],
  ] as const;
  return all
    .filter(([number], index) => index < 2 || number > 0)
    .map(([number, word], index) => `${grouped(number)} ${index > 0 ? '' : number === 1 ? 'item ' : 'items '}${word}`)
    .join(', ');
}

function budgets({ writeUnits, readUnits }: Extract<UntoldEvent, { kind: 'budgetChanged' }>): string {
  const limits = [
    ['write', writeUnits],
    ['read', readUnits],
  ] as const;
  return limits
    .flatMap(([of, change]) => (change ? [`${limitText(change.from)} to ${limitText(change.to)} ${of} units a second`] : []))
    .join(', ');
}

function limitText(limit: number | 'unlimited'): string {
  return limit === 'unlimited' ? 'unlimited' : grouped(limit);
}
