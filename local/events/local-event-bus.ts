import { randomUUID } from 'node:crypto';
import { ApiError } from '../http/api-error.ts';
import type { Actions } from '../http/json-api.ts';
import type { Json } from '../json.ts';

/** As much of EventBridge as functions use: PutEvents. There are no rules: each event is one line of the log. */
export function localEventBus(log: (line: string) => void): Actions {
  return {
    PutEvents: ({ Entries }) => {
      if (!Array.isArray(Entries) || Entries.length < 1 || Entries.length > 10)
        throw new ApiError('ValidationException', 'Entries must have 1 to 10 events.');
      for (const entry of Entries) log(`event ${fieldOf(entry, 'DetailType')}: ${fieldOf(entry, 'Detail')}`);
      return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) };
    },
  };
}

function fieldOf(entry: Json, name: string): string {
  const value = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry[name] : undefined;
  if (typeof value !== 'string') throw new ApiError('ValidationException', `${name} must be a text.`);
  return value;
}
