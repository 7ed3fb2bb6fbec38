import { RunError } from '../../errors.ts';
import { holdersOf, type Pause } from '../pause.ts';

/** The hours of a day in which a run writes, by the clock of a time zone. */
interface DailyHours {
  /** Minutes since midnight. */
  from: number;
  to: number;
  timeZone: string;
}

/** The hours in which a run may write. */
export interface OnlyBetween {
  /** `22:00-06:00 Europe/Berlin` */
  hours: string;
  /** A person resumed the run outside of its hours: until they begin again, it may write, in wall-clock milliseconds. */
  liftedUntil?: number | undefined;
}

/** What it asks for in place of hours: none. */
export const always = 'always';

const pattern = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d) (\S+)$/;
const minuteMs = 60_000;
/** A day has up to 25 hours by the clock of a time zone. */
const maxMinutes = 26 * 60;
/** A run that could write for less than this does not begin: a Map would find its hours over. */
const minOpenMs = 10_000;

/** Says what is wrong with hours as they were given; undefined if nothing is. */
export function hoursProblem(text: string): string | undefined {
  const [, , , , , timeZone] = pattern.exec(text) ?? [];
  if (timeZone === undefined) return 'must be hours and a time zone, such as "22:00-06:00 Europe/Berlin"';
  if (!isTimeZone(timeZone))
    return `has the time zone "${timeZone}", which is not known; give one of the IANA database, such as Europe/Berlin or UTC`;
  const { from, to } = parse(text);
  return from === to ? 'begins and ends at the same time; leave it out for a run that may always write' : undefined;
}

/** By whom a run is paused outside of its hours. */
export function pausedByHours({ hours }: Pick<OnlyBetween, 'hours'>): string {
  return `${byHours}${hours}`;
}

const byHours = 'onlyBetween ';

/** True if the run waits for its hours, whoever else holds the pause. */
export function isPausedByHours(pause: Pause | undefined): boolean {
  return holdersOf(pause).some(isHours);
}

export function isHours({ by }: { by: string }): boolean {
  return by.startsWith(byHours);
}

/** True if a run may write now, and for long enough to begin. @param now wall-clock milliseconds */
export function isOpen({ hours, liftedUntil }: OnlyBetween, now: number): boolean {
  if (liftedUntil !== undefined && now < liftedUntil) return true;
  const daily = parse(hours);
  return isWithin(daily, now) && isWithin(daily, now + minOpenMs);
}

/** When the hours that are now end. @param now wall-clock milliseconds, at which they are open */
export function closesAt({ hours, liftedUntil }: OnlyBetween, now: number): number {
  const daily = parse(hours);
  return nextMinute(Math.max(now, liftedUntil ?? now), (at) => !isWithin(daily, at));
}

/** When the next hours begin. @param now wall-clock milliseconds, at which they are closed, or about to close */
export function opensAt({ hours }: Pick<OnlyBetween, 'hours'>, now: number): number {
  const daily = parse(hours);
  return nextMinute(now + minOpenMs, (at) => isWithin(daily, at));
}

/** Clocks of time zones are put forward and back, so each minute is looked at. */
function nextMinute(from: number, is: (at: number) => boolean): number {
  const first = Math.floor(from / minuteMs) * minuteMs;
  for (let minute = 1; minute <= maxMinutes; minute++) if (is(first + minute * minuteMs)) return first + minute * minuteMs;
  throw new TypeError('hours begin and end within a day');
}

function isWithin({ from, to, timeZone }: DailyHours, at: number): boolean {
  const minute = minuteOfDay(timeZone, at);
  return from < to ? from <= minute && minute < to : from <= minute || minute < to;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function minuteOfDay(timeZone: string, at: number): number {
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timeZone, clock);
  const [hour = 0, minute = 0] = clock.format(at).split(':').map(Number);
  return 60 * hour + minute;
}

function isTimeZone(timeZone: string): boolean {
  try {
    minuteOfDay(timeZone, 0);
    return true;
  } catch {
    return false;
  }
}

/** @throws RunError InvalidInput: when they are no hours */
function parse(text: string): DailyHours {
  const [, fromHour, fromMinute, toHour, toMinute, timeZone] = pattern.exec(text) ?? [];
  if (timeZone === undefined) throw new RunError('InvalidInput', `onlyBetween: "${text}" ${hoursProblem(text)}.`);
  return { from: 60 * Number(fromHour) + Number(fromMinute), to: 60 * Number(toHour) + Number(toMinute), timeZone };
}
