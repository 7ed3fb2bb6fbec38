import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../item.ts';
import { keyText } from '../key-of.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import type { Shape } from '../shape.ts';
import type { ApplicationDescription, Operation } from './application-description.ts';
import { ApplicationFigures, type Figures } from './application-figures.ts';
import { ApplicationModel } from './application-model.ts';
import { OperationPace } from './operation-pace.ts';
import type { PlannedWrite } from './planned-write.ts';
import { writeFailure } from './write-outcome.ts';
import { Writer } from './writer.ts';

export interface LiveApplicationOptions {
  /** Must have `maxAttempts: 1`: a hidden retry could add to a counter twice, and the oracle would be wrong. */
  readonly client: DynamoDBClient;
  readonly description: ApplicationDescription;
  /** The items of the table now. */
  readonly items: Iterable<Item>;
  /** The new attributes that the code maintains from the start; none if it knows only the old shape. */
  readonly shapes?: readonly Shape[];
  /** Concurrent writers. Default 8. */
  readonly writers?: number;
  /** Operations a second; default: as many as possible. */
  readonly operationsPerSecond?: number;
  readonly seed?: number;
}

/** An application that writes until it is stopped, and knows the items that the table must have after its writes. */
export interface LiveApplication {
  readonly model: ApplicationModel;
  /** Key and reason of the first few operations that failed because another program wrote to the table. */
  readonly surprises: readonly string[];
  /** Deploys code that maintains these new attributes. Resolves after the last write of the old code. */
  deploy(shapes: readonly Shape[]): Promise<void>;
  /** Stops starting operations. Resolves when no write is in flight. */
  pause(): Promise<void>;
  resume(): void;
  /** Figures since the previous lap. */
  lap(): Figures;
  /** Ends the writers. Rejects with the error of a writer that failed, as `pause` and `deploy` do. */
  stop(): Promise<void>;
}

const surprisesKept = 10;
const unknownInARow = 10;

/**
 * Starts the application. Each writer, over and over:
 * 1. waits while the application is paused, then for its turn;
 * 2. plans an operation on one of its items from the model, without reading the table;
 * 3. sends it; throttled writes are sent again;
 * 4. updates the model with the acknowledged write. A refusal means that another program changed the item.
 */
export function startLiveApplication(options: LiveApplicationOptions): LiveApplication {
  const { client, description, seed = 1, writers: count = 8, operationsPerSecond = Number.POSITIVE_INFINITY } = options;
  const model = new ApplicationModel();
  const figures = new ApplicationFigures();
  const pace = new OperationPace(operationsPerSecond);
  const surprises: string[] = [];
  let shapes = options.shapes ?? [];
  let gate: PromiseWithResolvers<void> | undefined;
  let stopped = false;

  const writers = Array.from({ length: count }, (_, number) => {
    let serial = number;
    return new Writer(description, model, pseudoRandom(seed * 1000 + number), () => {
      serial += count;
      return serial;
    });
  });
  let next = 0;
  for (const item of options.items) {
    const key = keyText(item, description.keyAttributes);
    model.found(key, item);
    writers[next++ % count]?.own(key);
  }

  const send = async (write: PlannedWrite): Promise<'acknowledged' | 'refused' | 'unknown'> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await write.send(client);
        return 'acknowledged';
      } catch (error) {
        const failure = writeFailure(error);
        if (failure === 'invalid') throw error;
        if (failure !== 'throttled') return failure;
        await sleep(Math.min(1000, 20 * 2 ** attempt) * Math.random());
      }
    }
  };

  const operate = async (writer: Writer): Promise<'acknowledged' | 'refused' | 'unknown'> => {
    const { operation, write } = writer.plan(shapes);
    const started = performance.now();
    const outcome = await send(write);
    if (outcome === 'acknowledged') {
      writer.acknowledge(write);
      figures.done(operation.kind, performance.now() - started);
    } else if (outcome === 'refused') surprise(operation, write);
    else writer.loseTrackOf(write);
    return outcome;
  };

  const surprise = ({ name }: Operation, { key }: PlannedWrite): void => {
    figures.surprised();
    if (surprises.length < surprisesKept) surprises.push(`${name} of ${key}`);
  };

  const onItsWay = new Map<Writer, Promise<unknown>>();
  const run = async (writer: Writer): Promise<void> => {
    let unknown = 0;
    while (!stopped) {
      await pace.turn();
      while (gate) await gate.promise;
      if (stopped) return;
      const operation = operate(writer);
      onItsWay.set(writer, operation);
      unknown = (await operation) === 'unknown' ? unknown + 1 : 0;
      if (unknown === unknownInARow) throw new Error(`The application cannot reach its table ${description.table}.`);
    }
  };
  const running = Promise.all(writers.map(run));
  // Reported by pause, deploy or stop, whichever comes first; until then it must not end the process.
  running.catch(() => {
    stopped = true;
  });

  const quiesce = async (): Promise<void> => {
    gate ??= Promise.withResolvers<void>();
    await Promise.all(onItsWay.values());
  };
  const resume = (): void => {
    gate?.resolve();
    gate = undefined;
  };

  return {
    model,
    surprises,
    pause: quiesce,
    resume,
    async deploy(newShapes) {
      const wasPaused = gate !== undefined;
      await quiesce();
      shapes = newShapes;
      if (!wasPaused) resume();
    },
    lap: () => figures.lap(),
    async stop() {
      stopped = true;
      resume();
      await running;
    },
  };
}
