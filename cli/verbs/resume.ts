import { controlVerb } from '../control-verb.ts';

export const resume = controlVerb({
  action: 'resume',
  summary: 'let a paused run go on',
  example: 'resume Users',
  done: (table) => `The run of ${table} goes on; \`dynamodt status ${table}\` shows it.`,
});
