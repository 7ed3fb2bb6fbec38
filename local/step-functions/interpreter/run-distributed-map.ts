import { randomUUID } from 'node:crypto';
import type { Json } from '../../json.ts';
import type { Execution } from '../execution.ts';
import { maxRedrives, payload } from '../limits.ts';
import { MapRun } from '../map-run.ts';
import type { Frame, MapProgress } from './frame.ts';
import type { MapWork } from './map-work.ts';
import { StateFailure } from './state-failure.ts';

/** Runs each item as a child execution of a Map Run. A redrive continues the same Map Run. */
export async function runDistributedMap(
  work: MapWork,
  label: string | undefined,
  frame: Frame,
  earlier: MapProgress | undefined,
): Promise<Json[]> {
  const { engine } = frame;
  const run = earlier && 'run' in earlier ? redriven(earlier.run, frame) : begun(work, label, frame);
  const start = async (index: number): Promise<Execution> => {
    const input = payload(await work.inputOf(index), work.name);
    const name = randomUUID();
    return engine.start({ arn: engine.names.executionArn(run.machine.name, name), name, machine: run.machine, input, mapRunArn: run.arn });
  };
  const abort = (): void => run.end('ABORTED');
  frame.signal.addEventListener('abort', abort);
  try {
    const outputs = await run.outputs(start);
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
}

function begun(work: MapWork, label: string | undefined, frame: Frame): MapRun {
  const { engine } = frame;
  const { machine, arn } = frame.execution;
  const labelled = label ?? work.name.replace(/[^\w-]/g, '').slice(0, 40);
  const name = `${machine.name}/${labelled}`;
  const run = new MapRun({
    arn: engine.names.mapRunArn(name, randomUUID()),
    executionArn: arn,
    machine: { ...machine, arn: `${machine.arn}/${labelled}`, name, definition: work.processor },
    total: work.items.length,
    settings: work.settings,
  });
  engine.mapRuns.set(run.arn, run);
  frame.place.map = { run };
  frame.record('MapRunStarted', { mapRunArn: run.arn });
  return run;
}

function redriven(run: MapRun, frame: Frame): MapRun {
  if (run.redriveCount >= maxRedrives)
    throw new StateFailure('States.Runtime', `The Map Run ${run.arn} exceeded the maximum number of redrives (${maxRedrives}).`);
  run.redrive();
  frame.record('MapRunRedriven', { mapRunArn: run.arn, redriveCount: run.redriveCount });
  return run;
}
