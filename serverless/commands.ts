import type { CommandDefinition } from './framework.ts';

const table = { usage: 'Name of the folder of the table', shortcut: 't', type: 'string' } as const;
const required = { ...table, required: true } as const;
const dry = { usage: 'Read and transform everything, write nothing', shortcut: 'd', type: 'boolean' } as const;
const tNumber = { usage: 'Number of the version: 4 of v4', type: 'string' } as const;

/** `sls dynamodt <verb>`, with the options that dynamo-data-transform had. */
export const commands: Readonly<Record<string, CommandDefinition>> = {
  dynamodt: {
    usage: 'Transform the items of live DynamoDB tables',
    commands: {
      init: {
        usage: 'Create the first version of every table without files, or the next version of --table',
        lifecycleEvents: ['init'],
        options: { table },
      },
      prepare: {
        usage: 'Gather the external data of a version again',
        lifecycleEvents: ['prepare'],
        options: { table: required, tNumber: { ...tNumber, required: true } },
      },
      up: { usage: 'Apply the pending versions of all tables, or of --table', lifecycleEvents: ['transform'], options: { table, dry } },
      down: { usage: 'Undo the newest version of a table', lifecycleEvents: ['rollback'], options: { table: required, dry } },
      history: { usage: 'Show versions and runs of all tables, or of --table', lifecycleEvents: ['history'], options: { table } },
      status: { usage: 'Show the status of all tables, or of --table', lifecycleEvents: ['status'], options: { table } },
    },
  },
};
