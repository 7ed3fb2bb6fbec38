import { parseArgs } from 'node:util';
import type { LocalAwsOptions } from './local-aws.ts';

const usage = 'Usage: npm run local -- [--transformations DIR] [--port N] [--dynamodb URL]';

/** Reads the flags of `npm run local`. Ends the process with exit code 2 when they are wrong. */
export const parseFlags = (args: string[]): LocalAwsOptions => {
  try {
    const { values } = parseArgs({
      args,
      options: {
        transformations: { type: 'string', default: 'transformations' },
        port: { type: 'string', default: '4566' },
        dynamodb: { type: 'string' },
      },
    });
    const { transformations, dynamodb } = values;
    return { transformations, port: portOf(values.port), ...(dynamodb !== undefined && { dynamodb }) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return process.exit(2);
  }
};

const portOf = (text: string): number => {
  const port = Number(text);
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`--port ${text} is not a port: give a number from 0 to 65535.`);
};
