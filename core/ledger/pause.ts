/** Somebody who wants the run to rest: a person, or `alarm:HighLatency`. */
export interface PauseHolder {
  by: string;
  /** ISO 8601 */
  since: string;
}

/**
 * A pause lasts until its last holder lets go, or until a person resumes the run:
 *
 *     alarm A goes on     paused by A
 *     alarm B goes on     paused by A and B
 *     alarm A goes off    paused by B
 *     alarm B goes off    the run goes on
 *
 * `by` and `since` are those of the holder that is named first: a person before an alarm, and the earlier before the later.
 */
export interface Pause extends PauseHolder {
  /** All of them; undefined for the one only, as it was recorded before there could be several. */
  holders?: PauseHolder[] | undefined;
}

export function holdersOf(pause: Pause | undefined): PauseHolder[] {
  return pause ? (pause.holders ?? [{ by: pause.by, since: pause.since }]) : [];
}

/** The same pause if it has this holder already. */
export function withHolder(pause: Pause | undefined, holder: PauseHolder): Pause {
  const holders = holdersOf(pause);
  if (pause && holders.some(({ by }) => by === holder.by)) return pause;
  return pauseOf([...holders, holder]) ?? holder;
}

/** Undefined if no holder is left; the same pause if it has no such holder. */
export function withoutHolder(pause: Pause | undefined, by: string): Pause | undefined {
  const holders = holdersOf(pause);
  const left = holders.filter((holder) => holder.by !== by);
  return left.length === holders.length ? pause : pauseOf(left);
}

/** Whoever is called so is an alarm: its word counts less than a person's. */
export function isAlarm(by: string): boolean {
  return by.startsWith('alarm:');
}

function pauseOf(holders: PauseHolder[]): Pause | undefined {
  const first = holders.find(({ by }) => !isAlarm(by)) ?? holders[0];
  return first && { ...first, holders };
}
