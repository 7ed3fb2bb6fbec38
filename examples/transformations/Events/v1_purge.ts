import { defineTransformation } from 'dynamodt';

const day = 24 * 60 * 60 * 1000;

interface Event {
  id: string;
  /** In milliseconds since 1970. */
  createdAt?: number;
}

/** Purge by age: deletes events that are older than a year when the run begins. `up Events --set days=30` deletes more. */
export default defineTransformation<Event>()({
  sequence: 1,
  deletes: true,
  parameters: { days: 365 },
  transformUp(event, { parameters, startedAt }) {
    if (event.createdAt === undefined || event.createdAt >= startedAt - parameters.days * day) return;
    return [];
  },
});
