import { addSequenceOption } from '../options.ts';
import type { Verb } from '../verb.ts';

/** Shows what runs changed for a version, from their journals. */
export const changes: Verb = {
  name: 'changes',
  summary: 'show what runs changed for a version, item by item, from their journals',
  example: `changes Users --sequence 3 --key '{"id":"u1"}' --show-values`,
  addOptions: (command) => {
    addSequenceOption(command, 'the version');
    command.option('--key <json>', 'only changes of the item with this key, also in other tables, as in \'{"id":"u1"}\'');
    command.option('--since <time>', 'only what was written since, such as 2026-11-27T10:00:00Z');
    command.option('--run <id>', 'only changes of this run, also if they were taken back since; `history` lists runs');
    command.option('--show-values', 'show keys and values of items, not only their types and lengths');
    command.option('--failures', 'show all items that failed, and all of which an undo left something as it is, instead of changes');
    command.option(
      '--to <file|s3://bucket/folder>',
      'write JSON lines to a file that only you may read, or compressed to an empty folder in S3',
    );
  },
  run: async (invocation) => {
    // Loaded only here, since few calls need it.
    const { showChanges } = await import('../changes/show-changes.ts');
    return showChanges(invocation);
  },
};
