import { randomUUID } from 'node:crypto';
import type { Json } from '../json.ts';
import type { Frame } from './frame.ts';
import { payload } from './limits.ts';
import { MapRun } from './map-run.ts';
import type { MapWork } from './run-map.ts';
import { StateFailure } from './state-failure.ts';

/** Runs each item as an execution of its own, under a Map Run. */
export const runDistributedMap = async (work: MapWork, label: string | undefined, frame: Frame): Promise<Json[]> => {
  const { engine, machine, arn } = frame.execution;
  const labelled = label ?? work.name.replace(/[^\w-]/g, '').slice(0, 40);
  const name = `${machine.name}/${labelled}`;
  const run = new MapRun({
    arn: engine.names.mapRunArn(name, randomUUID()),
    executionArn: arn,
    machine: { ...machine, arn: `${machine.arn}/${labelled}`, name, definition: work.processor },
    total: work.items.length,
    settings: work.settings,
    start: async (index, mapRun) => {
      const input = payload(await work.inputOf(index), work.name);
      const id = randomUUID();
      return engine.start({ arn: engine.names.executionArn(name, id), name: id, machine: mapRun.machine, input, mapRun });
    },
  });
  engine.mapRuns.set(run.arn, run);
  frame.record('MapRunStarted', { mapRunArn: run.arn });
  const abort = (): void => run.end('ABORTED');
  frame.signal.addEventListener('abort', abort);
  try {
    const outputs = await run.outputs();
    payload(outputs, work.name);
    run.end('SUCCEEDED');
    frame.record('MapRunSucceeded');
    return outputs;
  } catch (error) {
    run.end('FAILED');
    if (error instanceof StateFailure) frame.record('MapRunFailed', { error: error.name, cause: error.message });
    throw error;
  } finally {
    frame.signal.removeEventListener('abort', abort);
  }
};
