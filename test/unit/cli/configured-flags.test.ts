import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../../../cli/command-line.ts';
import { configureCommand } from '../../../cli/configured-flags.ts';
import { verbs } from '../../../cli/dynamodt.ts';
import { Output } from '../../../cli/terminal/output.ts';

const silent = { write: () => true, columns: 80, isTTY: false };

interface Called {
  verb: string;
  name: string;
  table: string | undefined;
  options: Record<string, unknown>;
  env: NodeJS.ProcessEnv;
}

async function call(args: string[], config?: object, env: NodeJS.ProcessEnv = {}, subfolder = '.'): Promise<Called> {
  const folder = await mkdtemp(join(tmpdir(), 'flags-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (config) await writeFile(join(folder, 'dynamodt.config.json'), JSON.stringify(config));
  const cwd = join(folder, subfolder);
  await mkdir(cwd, { recursive: true });
  const output = new Output({ stdout: silent, stderr: silent, json: false });
  let called: Called | undefined;
  const program = commandLine(
    verbs,
    '1.2.3',
    output,
    async (verb, { name, table, options }) => {
      called = { verb: verb.name, name, table, options, env };
    },
    (verb, command) => configureCommand(verb, command, verbs, { env, cwd }),
  );
  await program.parseAsync(args, { from: 'user' });
  if (!called) throw new Error('no verb was called');
  return called;
}

function failureOf(...given: Parameters<typeof call>): Promise<string> {
  return call(...given).then(
    () => 'no failure',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe('a flag', () => {
  const config = { name: 'shop', flags: { up: { writeUnits: 500, maxFailures: 7, detach: true, dryRun: false }, plan: { sample: 20 } } };

  it('has the value of the configuration, read as if it were typed', async () => {
    const { name, table, options } = await call(['up', 'Users'], config);
    expect({ name, table, options }).toEqual({ name: 'shop', table: 'Users', options: { writeUnits: 500, maxFailures: 7, detach: true } });
    expect((await call(['plan'], config)).options).toMatchObject({ sample: 20, examples: 3 });
  });

  it('wins over the environment, and that over the configuration', async () => {
    expect((await call(['up', '--max-failures', '3', '--name', 'cli'], config, { DYNAMODT_NAME: 'env' })).name).toBe('cli');
    const { name, options } = await call(['up', '--max-failures', '3'], config, { DYNAMODT_NAME: 'env' });
    expect(name).toBe('env');
    expect(options['maxFailures']).toBe(3);
    const settings = { region: 'eu-west-1', profile: 'team' };
    expect((await call(['up'], settings)).env).toEqual({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1', AWS_PROFILE: 'team' });
    const keys = { AWS_REGION: 'us-east-2', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect((await call(['up'], settings, { ...keys })).env).toEqual(keys);
    expect((await call(['up', '--region', 'eu-west-2', '--profile', 'mine'], settings, { ...keys })).env).toEqual({
      AWS_REGION: 'eu-west-2',
      AWS_DEFAULT_REGION: 'eu-west-2',
      AWS_PROFILE: 'mine',
    });
  });

  it('keeps its default without a configuration', async () => {
    const { name, options } = await call(['init', 'Users']);
    expect({ name, options }).toEqual({ name: 'dynamodt', options: { transformations: 'transformations' } });
  });

  it('is refused if the verb does not have it, or not so', async () => {
    expect(await failureOf(['up'], { flags: { up: { writeunits: 5 } } })).toMatch(
      /^InvalidInput: dynamodt\.config\.json: flags\.up\.writeunits is not known\. `up` has the flags to, .*writeUnits/,
    );
    expect(await failureOf(['up'], { flags: { up: { writeUnits: 'much' } } })).toBe(
      'InvalidInput: dynamodt.config.json: flags.up.writeUnits is not valid. It must be a number above 0, or `unlimited`.',
    );
    expect(await failureOf(['up'], { flags: { up: { detach: 'yes' } } })).toBe(
      'InvalidInput: dynamodt.config.json: flags.up.detach must be true or false, and is a string.',
    );
    expect(await failureOf(['up'], { flags: { upp: {} } })).toMatch(
      /^InvalidInput: dynamodt\.config\.json has flags of upp, and there is no such verb\. The verbs are init, plan, /,
    );
  });
});

describe('a stage', () => {
  const config = { name: 'shop', stages: { dev: { name: 'shop-dev' }, prod: {} } };

  it('is that of the flag or of the environment', async () => {
    expect((await call(['up', '--stage', 'dev'], config)).name).toBe('shop-dev');
    expect((await call(['up', '--stage', 'prod'], config, { DYNAMODT_STAGE: 'dev' })).name).toBe('shop');
    expect((await call(['up'], config, { DYNAMODT_STAGE: 'dev' })).name).toBe('shop-dev');
  });

  it('has to be named, unless the verb works without AWS', async () => {
    expect(await failureOf(['up'], config)).toBe(
      'InvalidInput: dynamodt.config.json has several stages. Say which: --stage dev, --stage prod.',
    );
    expect((await call(['init', 'Users'], config)).name).toBe('shop');
    expect((await call(['plan', '--offline'], config)).name).toBe('shop');
    expect(await failureOf(['plan'], config)).toContain('has several stages');
  });

  it('is refused without a configuration, but not if only the environment names it', async () => {
    expect(await failureOf(['up', '--stage', 'dev'])).toBe(
      'InvalidInput: There is no dynamodt.config.ts in this folder, so --stage dev says nothing. Go to the folder that has it, or name it with --config.',
    );
    expect((await call(['up'], undefined, { DYNAMODT_STAGE: 'dev' })).name).toBe('dynamodt');
  });
});

it('takes the folder of transformations relative to the configuration, wherever it is', async () => {
  expect((await call(['init', 'Users'], { transformations: 'src/data' })).options['transformations']).toBe('src/data');
  expect((await call(['init', 'Users'], { transformations: '/srv/data' })).options['transformations']).toMatch(/^(\.\.\/)+srv\/data$/);
  const below = await call(['init', 'Users', '--config', '../dynamodt.config.json'], { transformations: 'src/data' }, {}, 'below');
  expect(below.options['transformations']).toBe('../src/data');
});
