import { addRunOptions } from '../run-options.ts';
import { runTable } from '../run-table.ts';
import type { Verb } from '../verb.ts';

/** Starts `transform-table` upwards and follows it. */
export const up: Verb = {
  name: 'up',
  summary: "apply a table's pending transformations, or go on where a run stopped",
  example: 'up Users --write-units 500',
  addOptions: (command) => {
    addRunOptions(command, [
      'to',
      'again',
      'dryRun',
      'maxConcurrency',
      'totalSegments',
      'writeUnits',
      'readUnits',
      'maxFailures',
      'acceptLastWriterWins',
    ]);
    command.option('--detach', 'return after the start instead of following the run');
  },
  run: (invocation) => runTable(invocation, 'up'),
};
