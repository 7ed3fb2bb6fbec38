import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../../cli/command-line.ts';
import { verbs } from '../../../cli/dynamodt.ts';
import { Output } from '../../../cli/terminal/output.ts';
import { packageRoot } from '../../../infra/package-root.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

/** Every command that a page of the documentation names, as the command itself reads it: its verb, its flags, and their values. */

const pages = ['README.md', ...readdirSync(join(packageRoot, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];

interface Command {
  place: string;
  text: string;
}

/** What stands after `npx dynamodt` or `dynamodt`, in blocks and in code within a line. */
function commandsOf(page: string): Command[] {
  return readFileSync(join(packageRoot, page), 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const place = `${page}:${index + 1}`;
      const inBlock = /^ *(?:\$ |- run: )?npx dynamodt ([a-z].*)$/.exec(line)?.[1];
      if (inBlock !== undefined) return [{ place, text: inBlock }];
      return [...line.matchAll(/`(?:npx )?dynamodt ([a-z][^`]*)`/g)].map(([, text = '']) => ({ place, text }));
    });
}

/** The words of a shell's line, up to a comment or the end of the command, with a number for what the reader fills in: `<n>`. */
function wordsOf(text: string): string[] {
  const words = [...text.replace(/<[^>]+>/g, '1').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
  const end = words.findIndex(([word]) => /^(#|&&|\||;|\\|>)/.test(word));
  return words.slice(0, end === -1 ? undefined : end).map(([, double, single, bare]) => double ?? single ?? bare?.replace(/;$/, '') ?? '');
}

async function refusalOf(words: readonly string[]): Promise<string | undefined> {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
  const program = commandLine(verbs, '1.2.3', new Output({ stdout, stderr, json: false }), async () => undefined);
  try {
    await program.parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'exitCode' in error && error.exitCode === 0 ? undefined : String(error);
  }
}

describe('the commands of the documentation', () => {
  const commands = pages.flatMap(commandsOf);

  it('are found', () => {
    expect(commands.length).toBeGreaterThan(150);
  });

  it('are read by the command, with their verbs and flags', async () => {
    const refused = await Promise.all(
      commands.map(async ({ place, text }) => {
        const refusal = await refusalOf(wordsOf(text));
        return refusal === undefined ? [] : [`${place}: ${text}: ${refusal}`];
      }),
    );
    expect(refused.flat()).toEqual([]);
  });

  it('would be refused with a flag, a verb or a value that does not exist', async () => {
    for (const text of ['up Users --pauseafter 100', 'uo Users', 'down Users --to x'])
      expect(await refusalOf(wordsOf(text)), text).toBeDefined();
  });
});
