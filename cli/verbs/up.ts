import { areAllConfirmed, isConfirmed } from '../confirm/confirm-start.ts';
import { setOption } from '../parameters/read-set.ts';
import { runAll } from '../run/run-all.ts';
import { addConfirmOptions, addReasonOption, addRunOptions, directionFields } from '../run/run-options.ts';
import { runTable } from '../run/run-table.ts';
import type { Verb } from '../verb.ts';

/** Starts `transform-table` upwards, or `transform-all` if no table is named, and follows it. */
export const up: Verb = {
  name: 'up',
  summary: 'apply the pending transformations of a table, or of all; continue where a run stopped',
  example: 'up Users --write-units 500',
  addOptions: (command) => {
    addRunOptions(command, [...directionFields, 'again', 'rewrite']);
    command.addOption(setOption());
    addConfirmOptions(command, true);
    addReasonOption(command);
    command.option('--detach', 'return after the start instead of following the run');
  },
  run: (invocation) => (invocation.table === undefined ? runAll(invocation, areAllConfirmed) : runTable(invocation, 'up', isConfirmed)),
};
