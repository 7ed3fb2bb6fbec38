import type { FollowerState } from '../../aws/operator/follower.ts';
import { notFollowed } from '../../core/follow/not-followed.ts';
import type { Controlled, ControlRequest } from '../../core/run/control/control-run.ts';
import { commandToGoOn } from '../../core/run/run-commands.ts';
import { operator } from '../operator.ts';
import { addRunOptions } from '../run/run-options.ts';
import { oneTableAsked } from '../tables-asked.ts';
import { changesInWords } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Pauses the run of a table. */
export const pause = controlVerb({
  action: 'pause',
  summary: 'pause the run of a table: workers leave, and nothing runs until it is resumed',
  example: 'pause Users',
  done: (table) => `The run of ${table} pauses within seconds; \`dynamodt resume ${table}\` continues it.`,
  addOptions: (command) => command.option('--all', 'also pause following: what older code writes stays as it is, until it is resumed'),
});

/** Continues a paused run. */
export const resume = controlVerb({
  action: 'resume',
  summary: 'continue a paused run',
  example: 'resume Users',
  done: (table, { pauseAfter, maxCost }) => {
    const limits = [
      ...(pauseAfter === undefined ? [] : [`after up to ${changesInWords(pauseAfter)} more`]),
      ...(maxCost === undefined ? [] : [`before it costs ${maxCost} more`]),
    ];
    return `The run of ${table} continues${limits.length > 0 ? `, and pauses itself ${limits.join(', or ')}` : ''}; \`dynamodt status ${table}\` shows it.`;
  },
  addOptions: (command) => {
    command.option('--all', 'also resume following: what was written meanwhile is brought up, if it is not older than 23 hours');
    addRunOptions(command, ['pauseAfter', 'maxCost']);
  },
});

/** Stops the run of a table after its workers have saved their checkpoints. */
export const stop = controlVerb({
  action: 'stop',
  summary: 'stop the run of a table in order; `up` or `down` can continue it or undo it later',
  example: 'stop Users',
  done: (table, _, goesOnBy) =>
    `The run of ${table} ends within seconds, with the error Stopped. ${goesOnBy ? `\`${goesOnBy}\` continues where it stopped.` : `\`dynamodt status ${table}\` says how to go on.`}`,
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
  done: (table: string, request: ControlRequest, goesOnBy?: string) => string;
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
      const { all, ...asked } = options as Pick<ControlRequest, 'writeUnits' | 'readUnits' | 'pauseAfter' | 'maxCost'> & { all?: boolean };
      const starting = action === 'stop' ? await startingInstead(service, table) : undefined;
      if (starting) {
        await service.stopStarting(starting, operator());
        output.document({ table, action, execution: starting });
        output.text(`The start of a run of ${table} was ended before it took the table: nothing was written.`);
        return 0;
      }
      const request: ControlRequest = { table, action, by: operator(), ...asked };
      const following = all ? await setFollowing(service, table, action === 'resume') : undefined;
      const controlled = following ? await controlIfRunning(service, request) : await service.control(request, (line) => output.say(line));
      // The run is stopped, whether or not the ledger can be read again.
      const run = action === 'stop' && controlled?.run ? await service.ledger.run(table, controlled.run).catch(() => undefined) : undefined;
      const goesOnBy = run && commandToGoOn(run);
      output.document({ table, action, ...controlled, ...(goesOnBy ? { goesOnBy } : {}), ...(following ? { following } : {}) });
      output.text([
        ...(following ? [followingInWords(table, action)] : []),
        ...(controlled ? [controlledInWords(controlled, done(table, request, goesOnBy))] : []),
      ]);
      return 0;
    },
  };
}

function controlledInWords({ table, wasPaused }: Controlled, done: string): string {
  return wasPaused === false ? `The run of ${table} is not paused, and goes on; \`dynamodt status ${table}\` shows it.` : done;
}

/** @throws RunError InvalidInput: if the deployed service does not follow the table */
async function setFollowing(service: Invocation['service'], table: string, isOn: boolean): Promise<FollowerState> {
  const asked = await oneTableAsked({ table, service }, isOn ? 'resume' : 'pause');
  if (!asked.follows) throw notFollowed(table);
  return (await service.follower()).set(table, asked.tableName ?? table, isOn);
}

/** `--all` is also for a table that no run holds. */
async function controlIfRunning(service: Invocation['service'], request: ControlRequest): Promise<Controlled | undefined> {
  const lock = await service.ledger.lock(request.table);
  return lock && lock.endedAt === undefined ? service.control(request) : undefined;
}

function followingInWords(table: string, action: ControlRequest['action']): string {
  return action === 'resume'
    ? `Following of ${table} goes on within a minute.`
    : `Following of ${table} pauses within a minute; \`dynamodt resume ${table} --all\` goes on. DynamoDB keeps what is written meanwhile for 24 hours, and what is older than 23 hours by then is not brought up.`;
}

/** The execution to stop if no run holds the table, and one is starting. */
async function startingInstead(service: Invocation['service'], table: string): Promise<string | undefined> {
  const lock = await service.ledger.lock(table);
  return lock && lock.endedAt === undefined ? undefined : (await service.starting(table))?.execution;
}
