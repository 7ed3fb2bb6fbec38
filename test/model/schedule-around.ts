import type { WriteSpec } from './application.ts';
import type { Action, Interference, Schedule } from './schedule.ts';
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
}

/** One item, and what happens just before and just after the first write of a worker meets it. */
export const scheduleAround = (
  version: Partial<VersionSpec>,
  attributes: readonly string[],
  before: readonly (NamedWrite | Action)[],
  after: readonly (NamedWrite | Action)[],
): Schedule => {
  const spec = { ...plainVersion, ...version };
  const { names } = versionOf(spec);
  const attribute = (name: string, value: number) => ({ name: names.indexOf(name), value });
  const actionOf = (happening: NamedWrite | Action): Action =>
    'what' in happening
      ? happening
      : { what: 'write', item: 0, write: { kind: happening.kind, place: 'own', ...attribute(happening.name, 1) } };
  const at = (moment: Interference['moment']) => (happening: NamedWrite | Action) => ({
    at: 0,
    moment,
    times: 1,
    action: actionOf(happening),
  });
  return {
    version: spec,
    items: [attributes.map((name) => attribute(name, 0))],
    segments: 1,
    pageSize: 1,
    order: 0,
    writeUnits: undefined,
    patience: 60_000,
    interferences: [...before.map(at('before')), ...after.map(at('after'))],
  };
};
