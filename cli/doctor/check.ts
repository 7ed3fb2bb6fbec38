/** `notKnown`: the caller may not look, or it does not exist here, as in local AWS. */
export type Health = 'green' | 'yellow' | 'red' | 'notKnown';

/** One thing that was looked at. Fields may be added, but not changed. */
export interface Check {
  /** Logical name; undefined for the service and its surroundings. */
  table?: string;
  /** `credentials`, `pointInTimeRecovery` */
  name: string;
  health: Health;
  message: string;
  /** What mends it: a command, or what to do. */
  mend?: string;
}

/** What `doctor` prints with `--json`. Fields may be added, but not changed. */
export interface DoctorDocument {
  /** False if a check is red. */
  ok: boolean;
  checks: Check[];
}
