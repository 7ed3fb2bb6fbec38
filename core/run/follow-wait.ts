/** Each look at a run adds nine events to the history of transform-all, which may have 25,000; five tables can be followed at a time. */
const longestWaitSeconds = 1800;
/** A tenth of the time that the run has taken: a run that has just begun is looked at often, and one of hours seldom. */
const shareOfElapsed = 0.1;

/** Seconds until a followed run is looked at again, by the seconds that it has taken so far. */
export function followWaitSeconds(elapsedSeconds: number): number {
  return Math.min(longestWaitSeconds, Math.max(1, Math.round(elapsedSeconds * shareOfElapsed)));
}
