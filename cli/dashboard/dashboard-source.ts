import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { Controlled, ControlRequest } from '../../core/run/control/control-run.ts';
import type { HeldVersions, HoldRequest } from '../../core/run/versions/hold-versions.ts';
import { type FirstChanges, firstChanges } from '../changes/first-changes.ts';
import { type FirstFailures, firstFailures } from '../changes/first-failures.ts';
import { pictureRun, type RunPicture } from '../page/run-picture.ts';
import { type HistoryDocument, historyDocument } from '../status/history-document.ts';
import { type StatusDocument, statusOrError } from '../status/status-document.ts';
import { type TableAsked, tablesAsked } from '../tables-asked.ts';

/** A table of one of the services that the dashboard shows. */
export interface ShownTable extends TableAsked {
  service: string;
}

/** All that the dashboard reads and does. Tests give it a double. */
export interface DashboardSource {
  tables(): Promise<ShownTable[]>;
  status(shown: ShownTable): Promise<StatusDocument>;
  /** Undefined if the table has had no run. @param id the run; if left out, the one that `status` shows */
  picture(shown: ShownTable, asked: { id?: string | undefined; withKeys: boolean }): Promise<RunPicture | undefined>;
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

/** In milliseconds: the dashboard looks once a second, and workers save every few seconds. */
const ages = { standing: 900, saves: 1900, decided: 5000, settled: 300_000 };

/** The tables of deployed services, by the names of the services. */
export function sourceOf(services: ReadonlyMap<string, DeployedService>): DashboardSource {
  const watched = new Map([...services].map(([name, service]) => [name, service.watched(ages)]));
  const among = (all: ReadonlyMap<string, DeployedService>, name: string): DeployedService => {
    const service = all.get(name);
    if (!service) throw new TypeError(`the dashboard does not show a service ${name}`);
    return service;
  };
  const of = (name: string): DeployedService => among(watched, name);
  /** Nothing is decided by what was read a moment ago, and what was done is to be seen at once. */
  const acting = async <T>(name: string, act: (service: DeployedService) => Promise<T>): Promise<T> => {
    try {
      return await act(among(services, name));
    } finally {
      of(name).forget();
    }
  };
  return {
    tables: async () => {
      const found = await Promise.all([...watched].map(([name, service]) => tablesOf(name, service, watched.size > 1)));
      return found.flat();
    },
    status: (shown) => statusOrError(of(shown.service), shown, { withFailures: false }),
    picture: async (shown, { id, withKeys }) => {
      const service = of(shown.service);
      if (id === undefined && (await service.ledger.runs(shown.table, 1)).length === 0) return undefined;
      return pictureRun(service, shown, { id, withKeys, now: new Date() });
    },
    history: (shown) => historyDocument(of(shown.service), shown, runsShown),
    changes: (shown, sequence) => firstChanges(of(shown.service), shown.table, sequence, changesShown),
    failures: (shown, run, sequence) => firstFailures(of(shown.service), { table: shown.table, run, sequence }, failuresShown),
    control: (name, request) => acting(name, (service) => service.control(request)),
    hold: (name, request) => acting(name, (service) => service.hold(request)),
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
