import { countOf } from '../../core/count-of.ts';
import { grouped } from '../../core/grouped.ts';
import { holdersOf, type Pause } from '../../core/ledger/pause.ts';
import { versionList } from '../../core/ledger/versions/version-list.ts';

/** `25,000` */
export function whole(value: number): string {
  return grouped(Math.round(value));
}

/** `100 changed items` */
export function changesInWords(items: number): string {
  return countOf(items, 'changed item');
}

/** `3.2s`, `12s`, `4m 5s`, `2h 30m` */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded}s`;
  const minutes = Math.floor(rounded / 60);
  return minutes < 60 ? `${minutes}m ${rounded % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** The time between two moments (ISO 8601); `–` if the end is not known. */
export function between(from: string | undefined, to: string | undefined): string {
  return from && to ? duration(Date.parse(to) - Date.parse(from)) : '–';
}

/** `2025-11-22 15:26:01`, in UTC as the ledger and the logs of AWS. */
export function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+|Z$/g, '');
}

/** `by ann since 2025-11-22 15:26:01, by alarm:Errors since 2025-11-22 15:20:00` */
export function holdersInWords(pause: Pause): string {
  return holdersOf(pause)
    .map(({ by, since }) => `by ${by} since ${moment(since)}`)
    .join(', ');
}

/** `v1, v2`, `v1–v60`, or `none` */
export function versions(sequences: readonly number[]): string {
  return versionList(sequences) || 'none';
}
