import type { ControlRequest } from '../../core/run/control/control-run.ts';
import { operator } from '../operator.ts';
import { addRunOptions } from '../run/run-options.ts';
import { changesInWords } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Pauses the run of a table. */
export const pause = controlVerb({
  action: 'pause',
  summary: 'pause the run of a table: workers leave, and nothing runs until it is resumed',
  example: 'pause Users',
  done: (table) => `The run of ${table} pauses within seconds; \`dynamodt resume ${table}\` continues it.`,
});

/** Continues a paused run. */
export const resume = controlVerb({
  action: 'resume',
  summary: 'continue a paused run',
  example: 'resume Users',
  done: (table, { pauseAfter }) =>
    pauseAfter === undefined
      ? `The run of ${table} continues; \`dynamodt status ${table}\` shows it.`
      : `The run of ${table} continues, and pauses itself after up to ${changesInWords(pauseAfter)} more; \`dynamodt status ${table}\` shows it.`,
  addOptions: (command) => addRunOptions(command, ['pauseAfter']),
});

/** Stops the run of a table after its workers have saved their checkpoints. */
export const stop = controlVerb({
  action: 'stop',
  summary: 'stop the run of a table in order; `up` or `down` can continue it or undo it later',
  example: 'stop Users',
  done: (table) => `The run of ${table} ends within seconds, with the error Stopped. \`dynamodt up ${table}\` continues where it stopped.`,
});

/** Changes the budget of a run while it runs. */
export const throttle = controlVerb({
  action: 'throttle',
  summary: 'change the budget of the run of a table while it runs',
  example: 'throttle Users --write-units 200',
  done: (table) => `The run of ${table} uses the new budget within seconds.`,
  addOptions: (command) => addRunOptions(command, ['writeUnits', 'readUnits']),
});

interface ControlVerb extends Pick<Verb, 'summary' | 'example'> {
  action: ControlRequest['action'];
  /** Text for people after the request was recorded. */
  done: (table: string, request: ControlRequest) => string;
  addOptions?: Verb['addOptions'];
}

/** A verb that sends one request to the run that holds a table. */
function controlVerb({ action, summary, example, done, addOptions }: ControlVerb): Verb {
  return {
    name: action,
    summary,
    example,
    addOptions: (command) => addOptions?.(command),
    run: async ({ table, options, service, output }) => {
      if (table === undefined) throw new UsageError(`Name the table whose run to ${action}: \`dynamodt ${action} Users\`.`);
      const asked = options as Pick<ControlRequest, 'writeUnits' | 'readUnits' | 'pauseAfter'>;
      const starting = action === 'stop' ? await startingInstead(service, table) : undefined;
      if (starting) {
        await service.stopStarting(starting, operator());
        output.document({ table, action, execution: starting });
        output.text(`The start of a run of ${table} was ended before it took the table: nothing was written.`);
        return 0;
      }
      const request: ControlRequest = { table, action, by: operator(), ...asked };
      const controlled = await service.control(request);
      output.document(controlled);
      output.text(
        controlled.wasPaused === false
          ? `The run of ${table} is not paused, and goes on; \`dynamodt status ${table}\` shows it.`
          : done(table, request),
      );
      return 0;
    },
  };
}

/** The execution to stop if no run holds the table, and one is starting. */
async function startingInstead(service: Invocation['service'], table: string): Promise<string | undefined> {
  const lock = await service.ledger.lock(table);
  return lock && lock.endedAt === undefined ? undefined : (await service.starting(table))?.execution;
}
