import { afterEach, expect, it, vi } from 'vitest';
import { parseFlags } from '../../../local/flags.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('gives files the variables of --env: with their values, or with those of the shell', () => {
  vi.stubEnv('API_KEY', 'from-shell');
  const { environment } = parseFlags(['--env', 'WIKI_URL=http://localhost/?a=b', '--env', 'API_KEY', '--env', 'EMPTY='], 'local');
  expect(environment).toEqual({ WIKI_URL: 'http://localhost/?a=b', API_KEY: 'from-shell', EMPTY: '' });
});

it('takes tables to follow, with or without settings', () => {
  const { follow } = parseFlags(['--follow', 'Users', '--follow', 'Orders={"units":50}'], 'local');
  expect(follow).toEqual({ Users: true, Orders: { units: 50 } });
});

it.each([
  ['NOT_SET', 'the environment of this command has no such variable'],
  ['=x', 'give the name of a variable'],
])('refuses --env %s', (variable, message) => {
  vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('exited');
  });
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(() => parseFlags(['--env', variable], 'local')).toThrow('exited');
  expect(printed.mock.calls.flat().join()).toContain(message);
});
