import { createRequire } from 'node:module';
import * as z from 'zod';
import { dynamodt } from './dynamodt.ts';
import { Output } from './terminal/output.ts';

const { stdout, stderr } = process;
// The reader of the output may close the pipe before its end, as `head` does.
for (const stream of [stdout, stderr]) stream.on('error', () => process.exit(1));

// Resolved by the package's own name, so that it is found from the sources and from the build.
const { version } = z.object({ version: z.string() }).parse(createRequire(import.meta.url)('dynamodt/package.json'));
const args = process.argv.slice(2);
const json = args.includes('--json');
// A pipeline may have a terminal, and nobody who answers.
const isAtTerminal = process.stdin.isTTY === true && stdout.isTTY === true && !json && !process.env['CI'];
const exitCode = await dynamodt(args, {
  env: process.env,
  version,
  output: new Output({ stdout, stderr, json }),
  ask: isAtTerminal ? async (question) => (await import('./terminal/ask.ts')).ask(question, new AbortController().signal) : undefined,
});
// Ends the process although handles are still open, such as a request whose answer is no longer needed.
stdout.write('', () => stderr.write('', () => process.exit(exitCode)));
