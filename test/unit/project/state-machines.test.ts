import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { runErrorNames } from '../../../core/errors.ts';
import { packageRoot } from '../../../infra/package-root.ts';

interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxAttempts?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: string;
}

interface State {
  Type: string;
  Comment?: string;
  Resource?: string;
  Parameters?: { FunctionName?: string };
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  Retry?: Retrier[];
  Next?: string;
  Catch?: unknown;
  ItemProcessor?: { States: Record<string, State> };
}

const waitForToken = `arn:\${Partition}:states:::lambda:invoke.waitForTaskToken`;
const folder = join(packageRoot, 'state-machines');

function kebab(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

function statesIn(states: Record<string, State>): [string, State][] {
  return Object.entries(states).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...statesIn(state.ItemProcessor?.States ?? {}),
  ]);
}

/** Full jitter takes half of a pause in the mean. */
function meanSeconds({ IntervalSeconds = 1, BackoffRate = 2, MaxAttempts = 3, MaxDelaySeconds = Infinity }: Partial<Retrier> = {}) {
  return Array.from({ length: MaxAttempts }, (_, n) => Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** n) / 2).reduce(
    (sum, pause) => sum + pause,
    0,
  );
}

describe.each(readdirSync(folder))('%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const definition = JSON.parse(text) as { States: Record<string, State> };
  const states = statesIn(definition.States);
  const lambdaTasks = states.filter(([, { Resource = '' }]) => Resource.endsWith('FunctionArn}') || Resource === waitForToken);

  it('is valid Amazon States Language', () => {
    const deployed = text
      .replaceAll(/\$\{(\w+)FunctionArn\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:$1')
      .replaceAll(/\$\{(\w+)StateMachineArn\}/g, 'arn:aws:states:us-east-1:123456789012:stateMachine:$1')
      .replaceAll(/\$\{Partition\}/g, 'aws')
      .replaceAll(/\$\{Deploy\}/g, '1-1');
    const { isValid, errorsText } = validate(JSON.parse(deployed));
    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  it('comments on each state', () => {
    expect(states.filter(([, { Comment }]) => !Comment).map(([name]) => name)).toEqual([]);
  });

  it('names each Lambda Task state like its function', () => {
    expect(lambdaTasks.length).toBeGreaterThan(0);
    for (const [name, { Resource, Parameters }] of lambdaTasks) {
      expect(Resource === waitForToken ? Parameters?.FunctionName : Resource).toBe(`\${${name}FunctionArn}`);
      expect(existsSync(join(packageRoot, 'functions', `${kebab(name)}.ts`)), `functions/${kebab(name)}.ts`).toBe(true);
    }
  });

  it('gives each Task a time limit and retries, and lets our own errors through first', () => {
    for (const [name, { TimeoutSeconds, TimeoutSecondsPath, Retry }] of lambdaTasks) {
      // A decision to wait says for how long.
      if (name === 'WaitForResume') expect(TimeoutSecondsPath).toBe('$.waitSeconds');
      else expect(TimeoutSeconds, name).toBeGreaterThan(0);
      expect(Retry?.[0]?.MaxAttempts, name).toBe(0);
      expect(Retry?.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
      for (const retrier of Retry?.slice(1) ?? [])
        expect(retrier, name).toMatchObject({ JitterStrategy: 'FULL', MaxDelaySeconds: expect.any(Number) });
    }
  });

  it.each([
    ['Lambda.TooManyRequestsException', 6],
    ['Lambda.ServiceException', 24],
    ['AwsUnavailable', 24],
  ])('tries again for hours after %s, with pauses of minutes', (name, hours) => {
    for (const [state, { Retry = [] }] of lambdaTasks) {
      const retrier = Retry.find(({ ErrorEquals }) => ErrorEquals.includes(name));
      expect(meanSeconds(retrier) / 3600, state).toBeGreaterThanOrEqual(hours);
      expect(retrier?.MaxDelaySeconds, state).toBeLessThanOrEqual(300);
    }
  });

  it('gives up within a quarter of an hour after what is no fault of AWS', () => {
    for (const [state, { Retry = [] }] of lambdaTasks)
      for (const name of ['States.ALL', 'Runtime.ExitError', 'Sandbox.Timedout'])
        expect(meanSeconds(Retry.find(({ ErrorEquals }) => ErrorEquals.includes(name))), state).toBeLessThan(900);
  });

  it('matches only error names that exist', () => {
    const awsNames = /^(States\.|StepFunctions\.|Lambda\.|Sandbox\.|Runtime\.|AccessDenied|ResourceNotFound)/;
    const matched = states.flatMap(([, { Retry = [] }]) => Retry.flatMap(({ ErrorEquals }) => ErrorEquals));
    expect(matched.filter((name) => !awsNames.test(name) && !runErrorNames.some((known) => known === name))).toEqual([]);
  });

  it('never swallows a failure, so that a redrive can enter at the Task that failed', () => {
    expect(states.filter(([, { Type }]) => Type === 'Fail').map(([name]) => name)).toEqual([]);
    // What is caught is thrown at SettleTables, when all other tables are done.
    const caught = states.filter(([, { Catch }]) => Catch !== undefined).map(([name]) => name);
    expect(caught).toEqual(file.startsWith('transform-all') ? ['FollowRun', 'TransformTable'] : ['WaitForResume']);
    if (file.startsWith('transform-all')) expect(definition.States['TransformTables']?.Next).toBe('SettleTables');
    // Its timeout is no failure: the hours in which the run may write have begun.
    else
      expect(definition.States['WaitForResume']?.Catch).toMatchObject([
        { ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'SettlePass' },
      ]);
  });
});
