import type { DashboardSource } from '../../cli/dashboard/dashboard-source.ts';
import { type Dashboard, serveDashboard } from '../../cli/dashboard/serve-dashboard.ts';
import type { ShownTable } from '../../cli/dashboard/shown-table.ts';
import type { StatusDocument } from '../../cli/status/status-document.ts';
import { RunError } from '../../core/errors.ts';
import type { ControlRequest } from '../../core/run/control/control-run.ts';
import type { HoldRequest } from '../../core/run/versions/hold-versions.ts';
import { pageStates } from '../cli/page-states.ts';

/** What was asked of a double, in order. */
export type Asked = { service: string } & (ControlRequest | HoldRequest);

export interface Doubled {
  dashboard: Dashboard;
  asked: Asked[];
  /** Of each table, how often it was read. */
  reads: Map<string, number>;
  /** How the run of Users stands. */
  stands: 'running' | 'paused' | 'succeeded' | 'failed';
}

const tables: ShownTable[] = [
  { service: 'dynamodt', table: 'Users', tableName: 'users-prod', workerMemory: 0.5, files: [] },
  { service: 'dynamodt', table: 'Orders', tableName: 'orders-prod', workerMemory: 0.5, files: [] },
  { service: 'dynamodt', table: 'Damaged', tableName: 'damaged-prod', workerMemory: 0.5, files: [] },
];

/** A dashboard that shows two tables; a run of Users is under way. The service behind it is a double, which records each call. */
export async function startDouble({ isReadOnly = false, refuses = false } = {}): Promise<Doubled> {
  const doubled: Omit<Doubled, 'dashboard'> = { asked: [], reads: new Map(), stands: 'running' };
  const picture = () => pageStates[doubled.stands]?.();
  const source: DashboardSource = {
    tables: async () => tables,
    status: async ({ table }) => {
      doubled.reads.set(table, (doubled.reads.get(table) ?? 0) + 1);
      if (table === 'Damaged') return { table, applied: [], pending: [], error: { name: 'LedgerDamaged', message: 'A field is missing.' } };
      return table === 'Users' ? statusOf(picture()) : { table, applied: [1], pending: [2], follow: ofFollower };
    },
    due: ({ table }) => 1_000_000 - (doubled.reads.get(table) ?? 0),
    refresh: async () => {},
    open: () => {},
    ageMs: () => 2000,
    pauseMs: () => 1000,
    picture: async ({ table }) => (table === 'Users' ? picture() : undefined),
    pictureOf: async () => {
      const drawn = picture();
      if (!drawn) throw new Error('there is no such state');
      return drawn;
    },
    history: async ({ table }) => ({ table, versions: [], runs: [], refusedStarts: [] }),
    failures: async ({ table }, run, sequence) => ({
      failures: [
        {
          key: { id: { type: 'S', length: 7 } },
          table,
          outcome: 'failed',
          error: { name: 'TransformThrew', message: 'The function threw TypeError.', place: `Users/v${sequence}.ts:4` },
          ...{ run, pass: 1, segment: 3, at: undefined },
        },
      ],
      hasMore: true,
    }),
    changes: async () => ({ changes: [], hasMore: false }),
    control: async (service, request) => {
      if (refuses) throw new RunError('InvalidInput', `No run of ${request.table} is under way.`);
      doubled.asked.push({ service, ...request });
      if (request.action === 'pause') doubled.stands = 'paused';
      if (request.action === 'resume') doubled.stands = 'running';
      return { table: request.table, run: 'r1', action: request.action };
    },
    hold: async (service, request) => {
      doubled.asked.push({ service, ...request });
      return { before: undefined, hold: undefined };
    },
    explained: async (_, error) => error,
  };
  const dashboard = await serveDashboard({
    ...{ source, by: 'user:ann', isReadOnly, timeZone: 'Europe/Berlin', port: 0 },
    now: () => performance.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 20)),
  });
  return Object.assign(doubled, { dashboard });
}

const ofFollower: NonNullable<StatusDocument['follow']> = {
  ...{ state: 'on', since: '2026-11-20T08:00:00.000Z', seenAt: '2026-11-27T12:29:00.000Z', following: [1], notFollowed: [], failed: 2 },
  versions: [{ sequence: 1, lastHour: 3, lastDay: 4, total: 5, failed: 2, lastAt: '2026-11-27T12:10:00.000Z', writers: [] }],
};

function statusOf(picture: ReturnType<NonNullable<(typeof pageStates)[string]>> | undefined): StatusDocument {
  if (!picture) throw new Error('there is no such state');
  const { run, control, underWay } = picture;
  const progress = underWay?.progress;
  return {
    table: 'Users',
    applied: [1, 2],
    pending: [3],
    run: {
      ...{ run: run.id, status: run.status, direction: run.direction, dryRun: run.dryRun, prepareOnly: run.prepareOnly, sequences: [3] },
      ...{ execution: run.execution, startedAt: run.startedAt, endedAt: run.endedAt, error: run.error },
      ...(progress ? { progress } : {}),
    },
    ...(run.status === 'running' && control?.marks.paused ? { paused: control.marks.paused } : {}),
  };
}
