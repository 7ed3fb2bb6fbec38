import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalAws } from '../local/local-aws.ts';
import { DynamodtCommand } from './dynamodt-command.ts';
import { runDemo } from './run-demo.ts';
import { bad, dim, good, Screen, seconds } from './screen.ts';

const usage = `npm run demo -- [options]

Takes a table of real cities two versions up and one down while an application writes, and another program still writes the old
shape, and compares the whole table with the result of their writes alone.

  --items N   number of cities, max 135,233 (25000)
  --rate N    operations of the application a second (200)
  --budget N  write units a second of each run (1000)`;

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '25000' },
    rate: { type: 'string', default: '200' },
    budget: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'items' | 'rate' | 'budget'): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${name} must be a whole number above 0, not ${values[name]}.`);
  process.exit(1);
}
if (values.help) {
  console.log(usage);
  process.exit();
}

const items = positive('items');
const rate = positive('rate');
const writeUnits = positive('budget');

const logLinesShown = 30;
const log: string[] = [];
const closers: (() => Promise<void>)[] = [];

const interrupted = new AbortController();

function interrupt(): void {
  interrupted.abort();
}
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);
const interruption = new Promise<never>((_, reject) => {
  interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason));
});

async function demo(): Promise<boolean> {
  const started = performance.now();
  const screen = new Screen();
  screen.title('dynamodt demo', 'a live table changes its shape, and not one write is lost');

  screen.step('Start a local AWS', 'DynamoDB, Step Functions, S3, KMS and the Lambda functions as built');
  const aws = await startLocalAws({
    transformations: join(import.meta.dirname, '..', 'transformations'),
    port: 0,
    // During a run up, the follower also brings up what the application writes to items that the run has not reached.
    follow: { Cities: { writerAttribute: 'writer', units: 2 * rate } },
    // Each run waits until a follower that knows nothing of it can write no more: here, 2 seconds and the time-outs of requests.
    environment: { DYNAMODT_FOLLOW_LEASE: '2' },
    log: (line) => {
      log.push(line);
      if (log.length > logLinesShown) log.shift();
    },
  });
  closers.push(() => aws.close());
  interrupted.signal.throwIfAborted();
  screen.fact(`${aws.url}, ${aws.dynamodb}`);

  const dynamodt = new DynamodtCommand(aws.url, interrupted.signal);
  const onClose = (close: () => Promise<void>) => closers.push(close);
  const held = await runDemo({ screen, dynamodt, dynamodbUrl: aws.dynamodbUrl, items, rate, writeUnits, onClose });
  screen.line();
  screen.line(held ? good('Not one write was lost.') : bad('Something does not hold: see the crosses above.'));
  screen.line(dim(`${seconds((performance.now() - started) / 1000)} in all`));
  return held;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function reportFailure(error: unknown): number {
  if (interrupted.signal.aborted) {
    console.error('\nInterrupted: closing everything.');
    return 130;
  }
  console.error(bad(`\nThe demo failed: ${messageOf(error)}`));
  if (log.length > 0) console.error(dim(`The last lines of the functions:\n${log.join('\n')}`));
  return 1;
}

const exitCode = await Promise.race([demo(), interruption]).then((held) => (held ? 0 : 1), reportFailure);
for (const close of closers.reverse()) {
  await close().catch((error) => interrupted.signal.aborted || console.error(messageOf(error)));
}
process.exit(exitCode);
