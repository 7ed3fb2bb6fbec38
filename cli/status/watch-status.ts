import { setTimeout } from 'node:timers/promises';
import { moment } from '../terminal/in-words.ts';
import type { Invocation } from '../verb.ts';
import type { StatusDocument } from './status-document.ts';
import { statusLines } from './status-text.ts';

const lookEveryMs = 2000;

/**
 * Shows the status again and again, redrawn in place, until the signal.
 *
 * @param signal Ctrl-C, if it is left out
 * @returns the exit code
 */
export async function watchStatus(
  { output, service }: Pick<Invocation, 'output' | 'service'>,
  look: () => Promise<readonly StatusDocument[]>,
  signal?: AbortSignal,
): Promise<number> {
  const interrupted = new AbortController();
  const abort = (): void => interrupted.abort();
  process.once('SIGINT', abort);
  const until = signal ?? interrupted.signal;
  try {
    let lines: readonly string[] = [];
    while (!until.aborted) {
      const seen = await linesOf(look, service, output);
      lines = [output.styled('dim', `${moment(new Date().toISOString())} UTC, every ${lookEveryMs / 1000} seconds; Ctrl-C ends`), ...seen];
      if (!until.aborted) output.progress(() => lines);
      await setTimeout(lookEveryMs, undefined, { signal: until }).catch(() => undefined);
    }
    output.endProgress();
    output.text(lines.slice(1));
    return 0;
  } finally {
    process.off('SIGINT', abort);
  }
}

/** The network may fail for a while: whoever watches sees that, and it goes on. */
async function linesOf(
  look: () => Promise<readonly StatusDocument[]>,
  service: Invocation['service'],
  output: Invocation['output'],
): Promise<readonly string[]> {
  try {
    return statusLines(await look(), output);
  } catch (error) {
    const explained = await service.explained(error);
    if (explained instanceof Error && explained.name === 'EndpointUnreachable') return ['AWS does not answer, trying again'];
    throw explained;
  }
}
