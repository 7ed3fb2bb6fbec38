import type { Actions, Request } from '../../http/json-api.ts';
import type { Engine } from '../engine.ts';
import type { MapSettings } from '../interpreter/map-work.ts';
import type { MapRun } from '../map-run.ts';
import { executionIn, mapRunIn, seconds } from './find-resource.ts';
import { page } from './pages.ts';

/** The actions on Map Runs. */
export function mapRunActions(engine: Engine): Actions {
  return {
    ListMapRuns: (request) => {
      const { arn } = executionIn(engine, request);
      const runs = [...engine.mapRuns.values()].filter((run) => run.executionArn === arn).reverse();
      const { page: mapRuns, nextToken } = page(runs, request);
      return { mapRuns: mapRuns.map(summary), nextToken };
    },
    DescribeMapRun: (request) => {
      const run = mapRunIn(engine, request);
      const counts = run.counts();
      return {
        ...summary(run),
        status: run.status,
        maxConcurrency: run.settings.maxConcurrency ?? 0,
        toleratedFailureCount: run.settings.toleratedFailureCount ?? 0,
        toleratedFailurePercentage: run.settings.toleratedFailurePercentage ?? 0,
        itemCounts: counts,
        executionCounts: counts,
        redriveCount: run.redriveCount,
        redriveDate: seconds(run.redriveDate),
      };
    },
    UpdateMapRun: (request) => mapRunIn(engine, request).update(settingsIn(request)),
  };
}

function summary(run: MapRun) {
  return {
    mapRunArn: run.arn,
    executionArn: run.executionArn,
    stateMachineArn: run.machine.arn,
    startDate: seconds(run.startDate),
    stopDate: seconds(run.stopDate),
  };
}

function settingsIn(request: Request): Partial<MapSettings> {
  const given = ['maxConcurrency', 'toleratedFailureCount', 'toleratedFailurePercentage'].filter(
    (name) => typeof request[name] === 'number',
  );
  return Object.fromEntries(given.map((name) => [name, Number(request[name])]));
}
