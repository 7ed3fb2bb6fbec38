import { setTimeout } from 'node:timers/promises';
import { RunRates } from '../progress/growth-rate.ts';
import { readIntervalFor } from '../progress/observe-run.ts';
import { moment } from '../terminal/in-words.ts';
import type { Invocation } from '../verb.ts';
import type { StatusDocument } from './status-document.ts';
import { statusLines } from './status-text.ts';

const lookEveryMs = 2000;

/** The rates of the runs that are watched, by their ids. */
type Rates = Map<string, RunRates>;

/**
 * Shows the status again and again, redrawn in place, until the signal.
 *
 * @param signal Ctrl-C, if it is left out
 * @param now clock in milliseconds
 * @returns the exit code
 */
export async function watchStatus(
  { output, service }: Pick<Invocation, 'output' | 'service'>,
  look: () => Promise<readonly StatusDocument[]>,
  signal?: AbortSignal,
  everyMs = lookEveryMs,
  now: () => number = () => performance.now(),
): Promise<number> {
  const interrupted = new AbortController();
  const abort = (): void => interrupted.abort();
  process.once('SIGINT', abort);
  const until = signal ?? interrupted.signal;
  const rates: Rates = new Map();
  try {
    let lines: readonly string[] = [];
    let pauseMs = everyMs;
    while (!until.aborted) {
      const seen = await linesOf(
        async () => {
          const documents = await look();
          pauseMs = readIntervalFor(segmentsRead(documents), everyMs);
          return documents.map((document) => withRate(document, rates, now()));
        },
        service,
        output,
      );
      lines = [output.styled('dim', `${moment(new Date().toISOString())} UTC, every ${pauseMs / 1000} seconds; Ctrl-C ends`), ...seen];
      if (!until.aborted) output.progress(() => lines);
      await setTimeout(pauseMs, undefined, { signal: until }).catch(() => undefined);
    }
    output.endProgress();
    output.text(lines.slice(1));
    return 0;
  } finally {
    process.off('SIGINT', abort);
  }
}

/** How many checkpoints a look at the tables read. */
function segmentsRead(documents: readonly StatusDocument[]): number {
  return documents.reduce((sum, { run }) => sum + (run?.progress?.totalSegments ?? 0), 0);
}

/** The document with the rate between looks, and the time until the end of the pass by it, also for a run that was redriven or resumed. */
function withRate(document: StatusDocument, rates: Rates, now: number): StatusDocument {
  const { run, paused } = document;
  if (run?.status !== 'running' || !run.progress || paused) return document;
  const rate = rates.get(run.run) ?? new RunRates();
  rates.set(run.run, rate);
  const progress = rate.next(now, run.progress, run.dryRun);
  // At the first look there is only the mean rate since the start.
  return { ...document, run: { ...run, progress: progress.itemsPerSecond === undefined ? run.progress : progress } };
}

/** The network may fail for a while: whoever watches sees that, and it goes on. */
async function linesOf(
  look: () => Promise<readonly StatusDocument[]>,
  service: Invocation['service'],
  output: Invocation['output'],
): Promise<readonly string[]> {
  try {
    // A frame is one column narrower than the terminal.
    return statusLines(await look(), { styled: output.styled, width: output.width === undefined ? undefined : output.width - 1 });
  } catch (error) {
    const explained = await service.explained(error);
    if (explained instanceof Error && explained.name === 'EndpointUnreachable') return ['AWS does not answer, trying again'];
    throw explained;
  }
}
