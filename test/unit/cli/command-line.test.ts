import { describe, expect, it } from 'vitest';
import { commandLine } from '../../../cli/command-line.ts';
import { dynamodt, verbs } from '../../../cli/dynamodt.ts';
import { runInputFrom } from '../../../cli/run/run-options.ts';
import { Output } from '../../../cli/terminal/output.ts';
import type { Invocation } from '../../../cli/verb.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

type Asked = Pick<Invocation, 'table' | 'options'> & { name: string; verb: string };

async function parse(...args: string[]): Promise<Asked> {
  const output = new Output({ stdout: new MemoryStream(), stderr: new MemoryStream(), json: false });
  let parsed: Asked | undefined;
  const program = commandLine(verbs, '1.2.3', output, async ({ name: verb }, asked) => {
    parsed = { verb, ...asked };
  });
  await program.parseAsync(args, { from: 'user' });
  if (!parsed) throw new Error('no verb was run');
  return parsed;
}

async function run(...args: string[]) {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
  const exitCode = await dynamodt(args, {
    env: {},
    version: '1.2.3',
    output: new Output({ stdout, stderr, json: args.includes('--json') }),
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

it.each([[['help', 'staus']], [['staus', '--help']], [['staus', '-h', '--json']]])(
  'refuses a misspelt verb of which the help is asked for: %s',
  async (args) => {
    const { exitCode, stdout, stderr } = await run(...args);

    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain("Unknown command 'staus' (Did you mean status?)");
  },
);

it('prints the help of a verb, and without one the general help', async () => {
  for (const args of [
    ['help', 'status'],
    ['status', '--help'],
  ])
    expect(await run(...args)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Usage: dynamodt status') });
  for (const args of [['help'], ['--help'], []])
    expect(await run(...args)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Usage: dynamodt [options]') });
});

it('refuses flags that contradict each other, before anything is started', async () => {
  const { exitCode, stderr } = await run('up', 'Users', '--again', '3', '--to', '1');

  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^InvalidInput: "again" sweeps v3 once more.*"to".*Leave one of them out\.\n$/);
});

it.each([
  ['--full', ['plan', 'Users', '--down', '--full']],
  ['--offline', ['plan', '--down', '--offline']],
  ['--sequence', ['plan', 'Users', '--down', '--sequence', '3']],
  ['--set', ['plan', 'Users', '--down', '--set', 'days=3']],
])('refuses --down of plan together with %s, which tries files', async (flag, args) => {
  const { exitCode, stderr } = await run(...args);

  expect(exitCode).toBe(2);
  expect(stderr).toContain(`Leave out ${flag}.`);
});

it('refuses values of parameters in a plan of files only, which calls no function with them', async () => {
  const { exitCode, stderr } = await run('plan', 'Users', '--offline', '--set', 'days=3');

  expect(exitCode).toBe(2);
  expect(stderr).toContain('--offline only looks at files, and gives no parameters to their functions. Leave out --set.');
});

it('refuses --exact of plan without --down', async () => {
  const { exitCode, stderr } = await run('plan', 'Users', '--exact');

  expect(exitCode).toBe(2);
  expect(stderr).toContain('`dynamodt plan Users --down --exact`');
});

it.each([
  ['--quiet is about one version', ['plan', 'Users', '--quiet', '24h']],
  ['--quiet asks the ledger', ['plan', 'Users', '--sequence', '3', '--quiet', '24h', '--offline']],
  ['Leave out --sequence', ['plan', 'Users', '--sequence', '3', '--quiet', '24h', '--down']],
  ...['', '24', 'h', '0h', '-1h', '1.5h', '24 h', '2w', '366d', '1e3h', 'soon'].map((time) => [
    'It must be a number of minutes, hours or days',
    ['plan', 'Users', '--sequence', '3', `--quiet=${time}`],
  ]),
] as [string, string[]][])('refuses a window of the gate that means nothing: %s', async (message, args) => {
  const { exitCode, stderr } = await run(...args);

  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

it('takes the window of the gate in minutes, hours or days', async () => {
  for (const [time, ms] of [
    ['90m', 5_400_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ] as const) {
    const { options } = await parse('plan', 'Users', '--sequence', '3', '--quiet', time);
    expect(options['quiet']).toEqual({ ms, text: time, isAsked: true });
  }
});

it('refuses --retry of follow without a table', async () => {
  const { exitCode, stderr } = await run('follow', '--retry');

  expect(exitCode).toBe(2);
  expect(stderr).toContain('`dynamodt follow Users --retry`');
});

it.each(['pause', 'resume'])('takes --all of %s, which is about following, too', async (verb) => {
  expect((await parse(verb, 'Users', '--all')).options).toMatchObject({ all: true });
  expect((await parse(verb, 'Users')).options).not.toHaveProperty('all');
});

describe('what is asked for', () => {
  it('has flags named like the input of the state machine', async () => {
    const asked = await parse(
      ...['up', 'Users', '--to', '3', '--again', '2', '--dry-run', '--max-concurrency', '5', '--total-segments', '6'],
      ...['--write-units', '7.5', '--read-units', '8', '--max-failures', '0', '--accept-last-writer-wins', '--detach'],
    );
    expect(asked).toMatchObject({ verb: 'up', name: 'dynamodt' });
    expect(runInputFrom(asked, 'up')).toEqual({
      asked: { table: 'Users', direction: 'up', dryRun: true, prepareOnly: false },
      input: {
        table: 'Users',
        direction: 'up',
        to: 3,
        again: 2,
        dryRun: true,
        maxConcurrency: 5,
        totalSegments: 6,
        writeUnits: 7.5,
        readUnits: 8,
        maxFailures: 0,
        acceptLastWriterWins: true,
      },
    });
  });

  it.each(['50', '$50', '50$'])('takes the amount %s', async (amount) => {
    const asked = await parse('up', 'Users', '--max-cost', amount, '--prices', 'prices.json');
    expect(runInputFrom(asked, 'up').input).toEqual({ table: 'Users', direction: 'up', maxCost: 50 });
  });

  it("leaves the service's defaults to the service", async () => {
    expect(runInputFrom(await parse('down', 'Users'), 'down').input).toEqual({ table: 'Users', direction: 'down' });
  });

  it("takes the process's own spellings", async () => {
    const asked = await parse('up', '--table', 'Users', '--dry');
    expect(runInputFrom(asked, 'up').input).toEqual({ table: 'Users', direction: 'up', dryRun: true });
  });

  it.each([[['--name', 'other', 'status']], [['status', '--name', 'other']]])(
    'takes the name before and after the verb: %j',
    async (args) => {
      expect(await parse(...args)).toMatchObject({ verb: 'status', name: 'other', table: undefined });
    },
  );
});

describe('a usage error', () => {
  it.each([
    [['frob'], "Unknown command 'frob'"],
    [['up', 'Users', '--frob'], "Unknown option '--frob'"],
    [['up', 'Users', 'Orders'], 'Too many arguments'],
    [['up', 'Users', '--to', 'x'], 'It must be a number'],
    [['up', 'Users', '--to', '1.5'], 'It must be a whole number'],
    [['up', 'Users', '--to', '-1'], 'The minimum is 0'],
    [['up', 'Users', '--write-units', '0'], 'It must be above 0'],
    [['up', 'Users', '--max-concurrency', '10001'], 'The maximum is 10000'],
    [['history', '--limit', '0'], 'It must be a whole number above 0'],
    [['up', 'Users', '--table', 'Orders'], 'Give the table once'],
    [['up', ''], 'is empty'],
    [['up', '--again', '2'], '--again is about one table'],
    [['plan', 'Users', '--sequence', '3', '--failures'], 'Give --full and --sequence too'],
    [['plan', 'Users', '--full', '--failures'], 'Give --full and --sequence too'],
    [['pause'], '`dynamodt pause Users`'],
    [['down'], '`dynamodt down Users`'],
    [['--name', 'other'], 'No verb was given'],
    [['completion'], '`dynamodt completion bash`'],
    [['completion', 'tcsh'], '`dynamodt completion fish`'],
  ])('is one line and exit code 2: %j', async (args, text) => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^InvalidInput: .*\n$/);
    expect(stderr).toContain(text);
  });

  it('is a document with --json', async () => {
    const { exitCode, stdout } = await run('up', 'Users', '--frob', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { name: 'InvalidInput', message: "Unknown option '--frob'. See `dynamodt up --help`." } });
  });

  it('is --destroy with --json at a terminal, without --yes, because it asks no question', async () => {
    const { isTTY } = process.stdin;
    process.stdin.isTTY = true;
    try {
      const { exitCode, stdout } = await run('deploy', '--destroy', '--json');
      expect(exitCode).toBe(2);
      expect(stdout).toContain('--destroy with --json asks no question. Give --yes, too,');
    } finally {
      process.stdin.isTTY = isTTY;
    }
  });
});

describe('help', () => {
  it.each([[[]], ...verbs.map(({ name }) => [[name]])])('has an example: %j', async (args) => {
    const { exitCode, stdout } = await run(...args, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Usage: dynamodt[\s\S]*\nExample:\n {2}npx dynamodt \w+/);
  });

  it.each(['--version', '-v'])('tells the version: %s', async (flag) => {
    expect(await run(flag)).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it('is what the command prints without arguments, and with -h', async () => {
    const asked = await run('--help');
    expect(await run()).toEqual(asked);
    expect(await run('-h')).toEqual(asked);
    expect(await run('up', '-h')).toEqual(await run('up', '--help'));
  });
});
