import { defineTransformation } from 'dynamodt';

const day = 24 * 60 * 60;

interface Session {
  id: string;
  /** In milliseconds since 1970. */
  createdAt?: number;
}

/**
 * TTL backfill: lets DynamoDB delete sessions when they are 90 days old. A time in the past would delete them at once, so those that are old already
 * get another week from the start of the run.
 */
export default defineTransformation<Session>()({
  sequence: 1,
  adds: ['expiresAt'],
  parameters: { days: 90, graceDays: 7 },
  transformUp(session, { parameters, startedAt }) {
    if (session.createdAt === undefined) return;
    const due = session.createdAt / 1000 + parameters.days * day;
    const earliest = startedAt / 1000 + parameters.graceDays * day;
    return { ...session, expiresAt: Math.ceil(Math.max(due, earliest)) };
  },
  /** Left out, down would take back the values that up gives again, and `up --again` begins at another time. */
  transformDown: ({ expiresAt, ...session }) => session,
});
