import { areAllConfirmed, isConfirmed } from '../confirm/confirm-start.ts';
import { setOption } from '../parameters/read-set.ts';
import { readPlan } from '../plan/plan-file.ts';
import { runAll } from '../run/run-all.ts';
import { addConfirmOptions, addReasonOption, addRunOptions, directionFields } from '../run/run-options.ts';
import { runTable } from '../run/run-table.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Starts `transform-table` upwards, or `transform-all` if no table is named, and follows it. */
export const up: Verb = {
  name: 'up',
  summary: 'apply the pending transformations of a table, or of all; continue where a run stopped',
  example: 'up Users --write-units 500',
  addOptions: (command) => {
    addRunOptions(command, [...directionFields, 'again', 'rewrite', 'oneByOne']);
    command.addOption(setOption());
    command.option('--plan <file>', 'do only what was looked at by `plan --out <file>`; otherwise PlanStale. Asks nothing');
    addConfirmOptions(command, true);
    addReasonOption(command);
    command.option('--detach', 'return after the start instead of following the run');
  },
  run: (invocation) => {
    const { plan, ...options } = invocation.options;
    if (typeof plan === 'string') return runPlanned(plan, { ...invocation, options });
    return invocation.table === undefined ? runAll(invocation, areAllConfirmed) : runTable(invocation, 'up', isConfirmed);
  },
};

async function runPlanned(file: string, invocation: Invocation): Promise<number> {
  const { table, ...asked } = await readPlan(file, invocation.table, invocation.service.name);
  return runTable({ ...invocation, table, options: { ...asked, ...invocation.options } }, 'up');
}
