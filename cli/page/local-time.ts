import { moment } from '../terminal/in-words.ts';

/** `2026-01-02 22:00:00 UTC, 23:00:00 in Europe/Berlin`; a time zone that is like UTC then is left out. @param iso ISO 8601 */
export function momentIn(timeZone: string, iso: string): string {
  const utc = moment(iso);
  const local = localMoment(timeZone, iso);
  if (local === undefined || local === utc) return `${utc} UTC`;
  const [day, time] = local.split(' ');
  return `${utc} UTC, ${utc.startsWith(day ?? '') ? time : local} in ${timeZone}`;
}

/** As `moment` writes it; undefined if the time zone is not known. */
function localMoment(timeZone: string, iso: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(new Date(iso));
  } catch {
    return undefined;
  }
}
