import { controlVerb } from '../control-verb.ts';

export const pause = controlVerb({
  action: 'pause',
  summary: 'let the run of a table rest: workers leave, and nothing runs until it is resumed',
  example: 'pause Users',
  done: (table) => `The run of ${table} pauses within seconds; \`dynamodt resume ${table}\` lets it go on.`,
});
