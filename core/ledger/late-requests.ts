/**
 * How long a signed request can be delivered, in milliseconds. AWS refuses a signature that is older, and by that every request that was
 * held up for longer: after 5 minutes by today's reports of DynamoDB, after 15 by older ones.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export const signatureLifetimeMs = 15 * 60_000;

/** The latest of some moments; undefined if none of them is after `now`. All are wall-clock milliseconds since 1970. */
export function latestAhead(moments: Iterable<number | undefined>, now: number): number | undefined {
  let latest: number | undefined;
  for (const moment of moments) if (moment !== undefined && moment > (latest ?? now)) latest = moment;
  return latest;
}
