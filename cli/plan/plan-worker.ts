import { syncBuiltinESMExports } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { DeployedService } from '../../aws/operator/deployed-service.ts';
import { isLoaded, type LocalFile } from '../../core/plan/local-file.ts';
import { showImage } from '../../core/plan/mask-value.ts';
import { planFiles } from '../../core/plan/plan-files.ts';
import type { Item, Transform } from '../../core/transformation/contract.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { encode } from '../../core/values/encode-value.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { loadTable } from '../files/local-tables.ts';
import { describeError } from '../terminal/describe-error.ts';
import { InHandMemory } from './in-hand.ts';
import { planDown } from './plan-down.ts';
import { planOne } from './plan-tables.ts';
import type { PlanAnswer, PlanRequest, PlanThreadData } from './plan-thread.ts';
import { quietConsole } from './quiet-console.ts';
import { imageText } from './value-text.ts';

/*
 * The thread in which `plan` runs the code of the team.
 */

const beatMs = 250;

const { memory, service: name, maxSeconds }: PlanThreadData = workerData;
const inHand = new InHandMemory(memory);
const service = new DeployedService(name, process.env);

process.setSourceMapsEnabled(true);
forbidExit();
inHand.beat();
setInterval(() => inHand.beat(), beatMs);
parentPort?.on('message', async (request: PlanRequest) => parentPort?.postMessage(await answer(request)));

async function answer(request: PlanRequest): Promise<PlanAnswer> {
  const { showValues } = request.asked;
  const quiet = quietConsole(showValues ? process.stderr : undefined);
  try {
    const { plan, files } = await planned(request);
    return { plan, files: files.map(({ sequence, checksum }) => ({ sequence, checksum })), consoleLines: quiet.lines };
  } catch (error) {
    const explained = await service.explained(error);
    return { error: describeError(explained), isAnswerOfAws: explained instanceof Error && '$metadata' in explained };
  } finally {
    quiet.end();
  }
}

async function planned({ table: bundled, isAll, asked }: PlanRequest) {
  const local = await loadTable(bundled, { maxSeconds, beforeLoading: (file) => inHand.note({ file }) });
  inHand.note(undefined);
  const { table, files, unused, squashed } = local;
  if (asked.offline) return { plan: planFiles(table, files, unused, squashed), files };
  if (asked.down) return { plan: await planDown(local, service, asked), files };
  const watched = (shape: TableShape): LocalFile[] => files.map((file) => watchedFile(file, shape, asked.showValues));
  return { plan: await planOne(local, watched, isAll, service, asked), files };
}

/** Notes each call of a function of the file before it is made. */
function watchedFile(local: LocalFile, shape: TableShape, showValues: boolean): LocalFile {
  if (!isLoaded(local)) return local;
  const watched =
    (transform: Transform): Transform =>
    (item, context) => {
      inHand.note({ file: local.file, item: imageText(showImage(keyOfItem(item, shape), showValues)) });
      return transform(item, context);
    };
  const { transformation } = local;
  const { transformUp, transformDown } = transformation;
  return {
    ...local,
    transformation: { ...transformation, transformUp: watched(transformUp), transformDown: transformDown && watched(transformDown) },
  };
}

function keyOfItem(item: Item, { keys }: TableShape): Image {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key.name)).map((key) => [key.name, encode(item[key.name], key.name)]));
}

/** A call of process.exit ends a worker, and must not end a plan as if all were well: it becomes an error with a place in its file. */
function forbidExit(): void {
  process.exit = (code) => {
    throw new ProcessExitCalled(`It calls process.exit(${code ?? ''}), which would end a worker.`);
  };
  syncBuiltinESMExports();
}

class ProcessExitCalled extends Error {
  override readonly name = 'ProcessExitCalled';
}
