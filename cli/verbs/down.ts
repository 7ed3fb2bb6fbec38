import { isConfirmed } from '../confirm/confirm-start.ts';
import { setOption } from '../parameters/read-set.ts';
import { addConfirmOptions, addReasonOption, addRunOptions, directionFields } from '../run/run-options.ts';
import { runTable } from '../run/run-table.ts';
import type { Verb } from '../verb.ts';

/** Starts `transform-table` downwards and follows it. */
export const down: Verb = {
  name: 'down',
  summary: 'undo the newest transformation of a table, or all above --to',
  example: 'down Users --to 2',
  addOptions: (command) => {
    addRunOptions(command, ['exact', ...directionFields]);
    command.addOption(setOption());
    addConfirmOptions(command, false);
    addReasonOption(command);
    command.option('--detach', 'return after the start instead of following the run');
  },
  run: (invocation) => runTable(invocation, 'down', isConfirmed),
};
