import { controlVerb } from '../control-verb.ts';
import { addRunOptions } from '../run/run-options.ts';

export const throttle = controlVerb({
  action: 'throttle',
  summary: 'change the budget of the run of a table while it runs',
  example: 'throttle Users --write-units 200',
  done: (table) => `The run of ${table} keeps to its new budget within seconds.`,
  addOptions: (command) => addRunOptions(command, ['writeUnits', 'readUnits']),
});
