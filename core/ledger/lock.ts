/** The lock of a table: who holds it, or who held it last. */
export interface Lock {
  table: string;
  run: string;
  execution: string;
  fence: number;
  /** Set when the run gave the table back. */
  endedAt?: string | undefined;
  /** Set with it: until when a write of that run, which nobody answered, can still be applied, in wall-clock milliseconds. */
  lateUntil?: number | undefined;
  /** The run waits for the follower of the table's stream before it writes. */
  followed?: true | undefined;
}
