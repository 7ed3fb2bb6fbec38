import { controlVerb } from '../control-verb.ts';

export const stop = controlVerb({
  action: 'stop',
  summary: 'end the run of a table in order; it can be gone on with, or taken back',
  example: 'stop Users',
  done: (table) => `The run of ${table} ends within seconds, as failed with Stopped. \`dynamodt up ${table}\` goes on where it stopped.`,
});
