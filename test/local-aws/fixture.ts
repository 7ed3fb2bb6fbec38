import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../local/local-aws.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Local AWS over functions and state machines that a test writes. */
export interface Fixture {
  aws: LocalAws;
  sfn: SFNClient;
  folder: string;
  client: { endpoint: string; region: string; credentials: typeof credentials };
  lines: string[];
  /** Starts an execution and returns its ARN. */
  start(machine: string, input: unknown, name?: string): Promise<string>;
  /** Starts an execution and waits for its end. */
  run(machine: string, input: unknown): Promise<Awaited<ReturnType<Fixture['ended']>>>;
  ended(
    arn: string,
  ): Promise<{ arn: string; status: string | undefined; output: unknown; error: string | undefined; cause: string | undefined }>;
  eventTypes(arn: string): Promise<(string | undefined)[]>;
  /** Kills the processes of all functions that are at work, such as those that hang. */
  killFunctions(): Promise<void>;
  close(): Promise<void>;
}

export interface FixtureFiles {
  /** Bodies of `handler(event, context)`, by name of the function. */
  functions?: Record<string, string>;
  machines?: Record<string, unknown>;
  /** Files of the transformations folder. */
  transformations?: Record<string, string>;
}

/** The DynamoDB of all tests, for those to which it is all the same: it saves starting one. */
export function sharedDynamoDb(): { dynamodb: string } {
  const dynamodb = process.env['DYNAMODB_URL'];
  if (!dynamodb) throw new Error('DYNAMODB_URL is not set: run the tests through vitest.config.ts.');
  return { dynamodb };
}

/** Starts local AWS over the files. */
export async function startFixture(
  { functions = {}, machines = {}, transformations = {} }: FixtureFiles,
  options: Partial<LocalAwsOptions> = {},
): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'local-aws-test-'));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  for (const part of ['functions', 'state-machines', 'transformations']) await mkdir(join(folder, part));
  for (const [name, body] of Object.entries(functions))
    await write(`functions/${name}.mjs`, `export const handler = async (event, context) => { ${body} };`);
  for (const [name, machine] of Object.entries(machines)) await write(`state-machines/${name}.asl.json`, JSON.stringify(machine));
  for (const [name, text] of Object.entries(transformations)) await write(`transformations/${name}`, text);

  const lines: string[] = [];
  const aws = await startLocalAws({
    transformations: join(folder, 'transformations'),
    functions: join(folder, 'functions'),
    stateMachines: join(folder, 'state-machines'),
    log: (line) => lines.push(line),
    ...options,
  }).catch(async (error) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const client = { endpoint: aws.url, region: 'us-east-1', credentials };
  const sfn = new SFNClient(client);
  const start: Fixture['start'] = async (machine, input, name) => {
    const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-${machine}`;
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name }));
    return executionArn ?? '';
  };
  const ended: Fixture['ended'] = async (executionArn) => {
    for (;;) {
      const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING')
        return { arn: executionArn, status, output: output === undefined ? undefined : JSON.parse(output), error, cause };
    }
  };
  return {
    aws,
    sfn,
    folder,
    client,
    lines,
    start,
    ended,
    run: async (machine, input) => ended(await start(machine, input)),
    eventTypes: async (executionArn) => {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      return events.map(({ type }) => type);
    },
    killFunctions: async () => {
      const killed = new Set(aws.functionProcesses().flatMap(({ event, pid }) => (event === undefined ? [] : [pid])));
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      // An answer that was already on its way would make a process idle before its end is seen, and the next call would meet a dying one.
      await until(() => !aws.functionProcesses().some(({ pid }) => killed.has(pid)));
    },
    close: async () => {
      sfn.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The placeholder of a function in a state machine. */
export function functionArn(name: string): string {
  return `$\{${name}FunctionArn}`;
}

/** A machine of one Task. */
export function oneTask(state: Record<string, unknown>, machine: Record<string, unknown> = {}) {
  return {
    StartAt: 'Work',
    States: { Work: { Type: 'Task', Resource: functionArn('Work'), End: true, ...state } },
    ...machine,
  };
}

/** Waits until a condition holds, and returns what it gave. */
export async function until<Result>(condition: () => Promise<Result | undefined | false> | Result | undefined | false): Promise<Result> {
  for (;;) {
    const result = await condition();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
