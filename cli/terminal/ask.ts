import { createInterface } from 'node:readline/promises';

/** Asks a person a question on a terminal; only `y` and `yes` are a yes. Ctrl-C, or the end of the input, is a no. */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
  // readline takes Ctrl-C from the terminal, and others do not get it.
  reader.once('SIGINT', () => reader.close());
  try {
    const answer = await Promise.race([reader.question(`${question} [y/N] `, { signal }).catch(() => ''), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
