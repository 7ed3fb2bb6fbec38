import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ShapeName } from '../item-shapes.ts';

/** `BENCH_NODE_OPTIONS=--cpu-prof` shows where a contender's time goes. */
const nodeOptions = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** The counters of the modelled DynamoDB, and the state of its table. */
export interface ServerFigures {
  requests: Record<string, number>;
  cpuSeconds: number;
  transformed: number;
  wrong: number;
}

/** Figures of one lap over the whole table. */
export interface Lap {
  items: number;
  seconds: number;
  cpuMicroseconds: number;
}

export interface ContenderFigures {
  laps: Lap[];
  peakMiB: number;
  /** Of the lap that changed the items. */
  requestsPerItem: number;
  server: ServerFigures;
}

/**
 * Runs a contender over a modelled table, `times` times, of which the first changes the items.
 *
 * @throws Error: when the table does not have the expected items afterwards
 */
export async function runContender(
  contender: string,
  shape: ShapeName,
  items: number,
  times = 1,
  moreNodeOptions: readonly string[] = [],
): Promise<ContenderFigures> {
  const writes = contender !== 'bareScan';
  const server = fork(pathOf('modelled-dynamodb.ts'), ['--shape', shape, '--items', String(items)], { execArgv: [] });
  try {
    const [{ url }] = await once(server, 'message');
    const tables = ['WarmUp', ...new Array<string>(times).fill('Measured')];
    const args = [...nodeOptions, ...moreNodeOptions, pathOf('../run-contender.ts'), contender, shape, ...tables];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL_DYNAMODB: url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
    });
    const { laps: all, peakMiB }: { laps: Lap[]; peakMiB: number } = JSON.parse(stdout);
    const laps = all.slice(1);
    const figures = await ask(server);
    const { requests, transformed, wrong } = figures;
    if (wrong > 0 || (writes && transformed !== laps[0]?.items)) throw new Error(`${contender} left ${wrong} of ${items} items wrong.`);
    const { Scan = 0, ...others } = requests;
    const written = Object.values(others).reduce((sum, count) => sum + count, 0);
    return { laps, peakMiB, requestsPerItem: (Scan / times + written) / items, server: figures };
  } finally {
    server.kill();
  }
}

async function ask(server: ChildProcess): Promise<ServerFigures> {
  const answer = once(server, 'message');
  server.send('figures');
  const [figures] = await answer;
  return figures;
}
