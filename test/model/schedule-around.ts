import type { WriteSpec } from './application.ts';
import type { Action, Schedule } from './schedule.ts';
import { type VersionSpec, versionOf } from './version.ts';

export const plainVersion: VersionSpec = {
  direction: 'up',
  sortKey: false,
  fills: [],
  overwrites: undefined,
  removes: undefined,
  inserts: false,
  deletes: undefined,
  rekeys: false,
  prefersNick: false,
  reads: false,
  versionAttribute: false,
  seeds: false,
  derivesDown: false,
  async: false,
};

/** A write of the application, by name: its value is always the same text, and not the one that the item begins with. */
export interface NamedWrite {
  kind: WriteSpec['kind'];
  name: string;
  place?: WriteSpec['place'];
}

/** What happens just before or just after an operation of a worker meets its item: the first, or a later one. */
export type Happening = { before: NamedWrite | Action; skip?: number } | { after: NamedWrite | Action; skip?: number };

/** A short schedule for one worker. @param items the names that each has, in the order in which the worker comes to them */
export function scheduleAround(version: Partial<VersionSpec>, items: readonly string[][], happenings: readonly Happening[]): Schedule {
  const spec = { ...plainVersion, ...version };
  const { names } = versionOf(spec);
  const attribute = (name: string, value: number) => ({ name: names.indexOf(name), value });
  const actionOf = (happening: NamedWrite | Action): Action => {
    if ('what' in happening) return happening;
    const { kind, name, place = 'own' } = happening;
    return { what: 'write', item: 0, write: { kind, place, ...attribute(name, 1) } };
  };
  return {
    version: spec,
    items: items.map((attributes) => attributes.map((name) => attribute(name, 0))),
    segments: 1,
    pageSize: 100,
    order: 0,
    writeUnits: undefined,
    patience: 60_000,
    interferences: happenings.map((happening) => ({
      at: 0,
      moment: 'before' in happening ? 'before' : 'after',
      skip: happening.skip ?? 0,
      times: 1,
      action: actionOf('before' in happening ? happening.before : happening.after),
    })),
  };
}
