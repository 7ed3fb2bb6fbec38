import type { VersionState } from '../ledger/versions/version-state.ts';
import type { Deployment } from './local-file.ts';

/** How `down` takes the versions of a table back. */
export interface DownPlan {
  /** As with `down --exact`. */
  exact: boolean;
  /** The lowest `--to` of a `down` that is not refused; 0 if it can take all versions back. */
  to: number;
  /** The newest first: those in the table, also half-way ones. */
  versions: WayDown[];
}

/** How `down` takes one version back. */
export interface WayDown {
  sequence: number;
  state: VersionState;
  /** The file here; null if there is none. */
  file: string | null;
  /** Whether that file is deployed: `down` runs the deployed ones. Null if there is no file here. */
  deployed: Deployment | null;
  /** `partly`: no run takes it back, but the journal has some of its changes. */
  way: 'function' | 'journal' | 'partly' | 'none';
  /** Which function. */
  by?: 'transformDown' | 'derived';
  /** Until when its journal is kept (ISO 8601), also if it goes by a function; undefined if it has none, or one without a change. */
  journalUntil?: string;
  /** Why it cannot go by its journal, as a clause. */
  noJournal?: string;
  /** Why `down` is refused. */
  refusal?: { name: string; message: string };
  /** To undo it by point-in-time recovery or a backup: the moment (ISO 8601) before which none of its changes was made. */
  restoreBefore?: string;
}
