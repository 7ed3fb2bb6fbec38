import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { Clock } from '../../core/clock.ts';
import type { Controlled, ControlRequest } from '../../core/run/control/control-run.ts';
import type { HeldVersions, HoldRequest } from '../../core/run/versions/hold-versions.ts';
import { type FirstChanges, firstChanges } from '../changes/first-changes.ts';
import { type FirstFailures, firstFailures } from '../changes/first-failures.ts';
import { pictureRun, type RunPicture } from '../page/run-picture.ts';
import { type HistoryDocument, historyDocument } from '../status/history-document.ts';
import { type StatusDocument, statusOrError } from '../status/status-document.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { ShownTable } from './shown-table.ts';
import type { Standing } from './watch-tables.ts';
import { WatchedLedgers } from './watched-ledgers.ts';

/** All that the dashboard reads and does. Tests give it a double. */
export interface DashboardSource {
  tables(): Promise<ShownTable[]>;
  /** By how much what is known of a table is too old: 1 if it is just old enough to be read again, infinite if nothing is known. */
  due(shown: ShownTable, standing: Standing): number;
  /** Reads the one thing again that is most overdue: the next status and picture have it. */
  refresh(shown: ShownTable, standing: Standing): Promise<void>;
  /** Somebody opens its page: the next status and picture have nothing that is older than some seconds. */
  open(shown: ShownTable): void;
  /** How old the oldest part of the last status and picture is, in milliseconds; undefined if there was none. */
  ageMs(shown: ShownTable): number | undefined;
  /** Milliseconds before anything may be read again. */
  pauseMs(): number;
  /** @param isLine only what the line of the table needs */
  status(shown: ShownTable, isLine: boolean): Promise<StatusDocument>;
  /** The run that `status` shows; undefined if the table has had none. */
  picture(shown: ShownTable): Promise<RunPicture | undefined>;
  /** One run, as it is now. */
  pictureOf(shown: ShownTable, asked: { id: string; withKeys: boolean }): Promise<RunPicture>;
  history(shown: ShownTable): Promise<HistoryDocument>;
  changes(shown: ShownTable, sequence: number): Promise<FirstChanges>;
  /** The failed items of a version in one run. */
  failures(shown: ShownTable, run: string, sequence: number): Promise<FirstFailures>;
  control(service: string, request: ControlRequest): Promise<Controlled>;
  hold(service: string, request: HoldRequest): Promise<HeldVersions>;
  /** An error of any of these, explained to an operator. */
  explained(service: string | undefined, error: unknown): Promise<unknown>;
}

const runsShown = 20;
const changesShown = 50;
const failuresShown = 1000;
/** Settled passes of a run whose segments are read. */
const passesShown = 2;

/** The tables of deployed services, by the names of the services. */
export function sourceOf(services: ReadonlyMap<string, DeployedService>, clock: Pick<Clock, 'monotonic' | 'sleep'>): DashboardSource {
  const ledgers = new WatchedLedgers(services, clock);
  const among = (all: ReadonlyMap<string, DeployedService>, name: string): DeployedService => {
    const service = all.get(name);
    if (!service) throw new TypeError(`the dashboard does not show a service ${name}`);
    return service;
  };
  const once = (name: string): DeployedService => among(ledgers.services, name);
  /** Nothing is decided by what was read a moment ago, and what was done is to be seen at once. */
  const acting = async <T>(
    { name, table, what }: { name: string; table: string; what: 'control' | 'holds' },
    act: (service: DeployedService) => Promise<T>,
  ): Promise<T> => {
    try {
      return await act(among(services, name));
    } finally {
      ledgers.changed(name, table, what);
    }
  };
  return {
    tables: async () => {
      const found = await Promise.all([...ledgers.services].map(([name, service]) => tablesOf(name, service, services.size > 1)));
      return found.flat();
    },
    due: (shown, standing) => ledgers.due(shown, standing),
    refresh: (shown, standing) => ledgers.refresh(shown, standing),
    open: (shown) => ledgers.open(shown),
    ageMs: (shown) => ledgers.ageMs(shown),
    pauseMs: () => ledgers.pauseMs(),
    status: (shown, isLine) => statusOrError(ledgers.of(shown), shown, { withFailures: false, isLine }),
    picture: async (shown) => {
      const service = ledgers.of(shown);
      if ((await service.ledger.runs(shown.table, 1)).length === 0) return undefined;
      return pictureRun(service, shown, { id: undefined, withKeys: false, passesShown, now: new Date() });
    },
    pictureOf: (shown, asked) => pictureRun(once(shown.service), shown, { ...asked, passesShown, now: new Date() }),
    history: (shown) => historyDocument(ledgers.of(shown), shown, runsShown),
    changes: (shown, sequence) => firstChanges(once(shown.service), shown.table, sequence, changesShown),
    failures: (shown, run, sequence) => firstFailures(once(shown.service), { table: shown.table, run, sequence }, failuresShown),
    control: (name, request) => acting({ name, table: request.table, what: 'control' }, (service) => service.control(request)),
    hold: (name, request) => acting({ name, table: request.table, what: 'holds' }, (service) => service.hold(request)),
    explained: async (name, error) => (name === undefined ? error : services.get(name)?.explained(error)) ?? error,
  };
}

/** @param isOneOfMany a service that the caller may not read then keeps no other from being shown */
async function tablesOf(name: string, service: DeployedService, isOneOfMany: boolean): Promise<ShownTable[]> {
  try {
    return (await tablesAsked({ table: undefined, service })).map((asked) => ({ ...asked, service: name }));
  } catch (error) {
    if (!isOneOfMany) throw error;
    return [];
  }
}
