import { addSequenceOption, sequenceAsked } from '../options.ts';
import { setOption } from '../parameters/read-set.ts';
import { addReasonOption, addRunOptions } from '../run/run-options.ts';
import { runTable } from '../run/run-table.ts';
import type { Verb } from '../verb.ts';

/** Gathers the preparation of a version again: in the service, or with `--here` on this machine. */
export const prepare: Verb = {
  name: 'prepare',
  summary: 'gather the external data of a version again, without transforming anything',
  example: 'prepare Users --sequence 4',
  addOptions: (command) => {
    addSequenceOption(command, 'the version; by default all pending versions');
    command.option('--here', 'call prepare on this machine, for data that only it can reach');
    command.option('--transformations <folder>', 'with --here: the folder of your files', 'transformations');
    addRunOptions(command, ['readUnits']);
    command.addOption(setOption());
    addReasonOption(command);
    command.option('--detach', 'return after the start instead of following the run');
  },
  run: async (invocation) => {
    const { sequence: _, tNumber: __, here, transformations, ...options } = invocation.options;
    const to = sequenceAsked(invocation.options);
    if (here) {
      // Loaded only here, since loading the bundler and the Encryption SDK takes time.
      const { prepareHere } = await import('../files/prepare-here.ts');
      return prepareHere(invocation, to, String(transformations));
    }
    return runTable({ ...invocation, options: { ...options, ...(to === undefined ? {} : { to }) } }, 'prepare');
  },
};
