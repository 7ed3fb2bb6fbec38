import type { ControlRequest } from '../core/run/control-run.ts';
import { operator } from './operator.ts';
import { UsageError } from './usage-error.ts';
import type { Verb } from './verb.ts';

/** A verb that asks something of the run that holds a table. */
export interface ControlVerb extends Pick<Verb, 'summary' | 'example'> {
  action: ControlRequest['action'];
  /** What to tell people when it is done. */
  done: (table: string) => string;
  addOptions?: Verb['addOptions'];
}

export function controlVerb({ action, summary, example, done, addOptions }: ControlVerb): Verb {
  return {
    name: action,
    summary,
    example,
    addOptions: (command) => addOptions?.(command),
    run: async ({ table, options, service, output }) => {
      if (table === undefined) throw new UsageError(`Say the run of which table to ${action}: \`dynamodt ${action} Users\`.`);
      const { writeUnits, readUnits } = options as Pick<ControlRequest, 'writeUnits' | 'readUnits'>;
      const controlled = await service.control({ table, action, by: operator(), writeUnits, readUnits });
      output.document(controlled);
      output.text(done(table));
      return 0;
    },
  };
}
