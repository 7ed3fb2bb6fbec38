import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamodt, verbs } from '../../../cli/dynamodt.ts';
import { completedVerbs, completionScript } from '../../../cli/terminal/completion-script.ts';
import { Output } from '../../../cli/terminal/output.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynamodt-completion-'));
  for (const table of ['Users', 'Orders']) mkdirSync(join(folder, 'transformations', table), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function scriptFor(shell: string): Promise<string> {
  const stdout = new MemoryStream();
  const exitCode = await dynamodt(['completion', shell], {
    env: {},
    version: '1.2.3',
    output: new Output({ stdout, stderr: new MemoryStream(), json: false }),
  });
  expect(exitCode).toBe(0);
  return stdout.text;
}

/** What a real bash offers after these words, of which the last one is being typed. */
function offered(script: string, ...words: string[]): string[] {
  const file = join(folder, 'completion.bash');
  writeFileSync(file, script);
  const ask = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dynamodt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['--norc', '-c', ask, file, 'dynamodt', ...words], { cwd: folder, encoding: 'utf8' });
  return text.split('\n').filter((line) => line !== '');
}

it('completes verbs, flags, tables and shells in bash', async () => {
  const script = await scriptFor('bash');

  expect(offered(script, '')).toEqual([...verbs.map(({ name }) => name), 'help']);
  expect(offered(script, 'thr')).toEqual(['throttle']);
  expect(offered(script, 'up', '')).toEqual(['Orders', 'Users']);
  expect(offered(script, 'up', 'Users', '--dry')).toEqual(['--dry-run']);
  expect(offered(script, 'status', '--html', 'trans')).toEqual(['transformations']);
  expect(offered(script, 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(offered(script, 'help', 'res')).toEqual(['resume', 'reset']);
});

it('leaves out hidden flags', async () => {
  expect(offered(await scriptFor('bash'), 'plan', '--t')).not.toContain('--tNumber');
});

it.each(['zsh', 'fish'])('names every verb and its flags in %s', async (shell) => {
  const script = await scriptFor(shell);
  for (const { name } of verbs) expect(script).toMatch(new RegExp(`\\b${name}\\b`));
  expect(script).toContain('dry-run');
  expect(script).not.toContain('tNumber');
});

it('offers the name of a folder as it is, and executes nothing of it', async () => {
  const names = ['$(touch PWNED)', '`touch PWNED`', 'My users', "It's"];
  for (const name of names) mkdirSync(join(folder, 'transformations', name));
  try {
    const script = await scriptFor('bash');
    expect(offered(script, 'up', '')).toEqual(expect.arrayContaining(['\\$\\(touch\\ PWNED\\)', 'My\\ users', "It\\'s"]));
    expect(offered(script, 'up', 'My')).toEqual(['My\\ users']);
    expect(offered(script, 'up', 'My\\ u')).toEqual(['My\\ users']);
    expect(offered(script, 'status', '--html', 'transformations/My')).toEqual(['transformations/My\\ users']);
    expect(existsSync(join(folder, 'PWNED'))).toBe(false);
  } finally {
    for (const name of names) rmSync(join(folder, 'transformations', name), { recursive: true });
  }
});

it.runIf(hasShell('fish')).each([`it's`, 'a \\ backslash', `ends with \\`])('gives fish the description "%s"', (description) => {
  const program = new Command('dynamodt');
  program.addCommand(new Command('up').summary(description).option('--dry-run', description));
  const file = join(folder, 'completion.fish');
  writeFileSync(file, completionScript('fish', completedVerbs(program, {})));
  const ask = (typed: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C "${typed}"`], { cwd: folder, encoding: 'utf8' });

  expect(ask('dynamodt u')).toBe(`up\t${description}\n`);
  expect(ask('dynamodt up --dry')).toBe(`--dry-run\t${description}\n`);
});

function hasShell(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
