import { type ContenderFigures, runContender } from '../modelled/modelled-process.ts';
import { type Section, times, whole } from '../section.ts';

const items = 100_000;
const rounds = 3;
const contenders = ['worker', 'journaledWorker'] as const;

/** What a journal costs a worker: the same work with and without it, against the modelled DynamoDB and an S3 that takes 30 ms. */
export async function journal(): Promise<Section> {
  const best: Record<string, ContenderFigures> = {};
  for (let round = 0; round < rounds; round++)
    for (const name of contenders) {
      const figures = await runContender(name, 'small', items);
      console.error(`bench: journal: ${name}: ${cpu(figures).toFixed(1)} µs, ${whole(rate(figures))} items/s`);
      best[name] = best[name] ? bestOf(best[name], figures) : figures;
    }
  const { worker: without, journaledWorker: withJournal } = best;
  if (!without || !withJournal) throw new TypeError('both were measured');
  const puts = withJournal.server.requests['PutObject'] ?? 0;
  const faster = rate(withJournal) / rate(without);
  const dearer = cpu(withJournal) / cpu(without);
  return {
    title: 'Journal',
    text: [
      `One worker without a limit of its own changes each of ${whole(items)} items of 0.5 KB, with and without a journal. S3 answers after 30 ms; records are compressed and encrypted as in AWS, KMS is in memory. Best of ${rounds} rounds.`,
    ],
    tables: [
      {
        columns: ['', 'items/s', 'CPU per item', 'peak memory', 'PUTs'],
        rows: [row('without a journal', without), row('with a journal', withJournal)],
      },
    ],
    targets: [
      { what: 'items/s with a journal against without', measured: times(faster), target: '≥ 0.90 ×', met: faster >= 0.9 },
      { what: 'CPU per changed item', measured: times(dearer), target: '≤ 1.15 ×', met: dearer <= 1.15 },
      { what: 'changes per PUT', measured: whole(items / puts), target: '≥ 500', met: puts > 0 && items / puts >= 500 },
    ],
    figures: best,
  };
}

function row(title: string, figures: ContenderFigures): string[] {
  const { PutObject = 0 } = figures.server.requests;
  return [title, whole(rate(figures)), `${cpu(figures).toFixed(1)} µs`, `${whole(figures.peakMiB)} MiB`, whole(PutObject)];
}

function bestOf(a: ContenderFigures, b: ContenderFigures): ContenderFigures {
  const [one, other] = [a.laps[0], b.laps[0]];
  if (!one || !other) return a;
  const seconds = Math.min(one.seconds, other.seconds);
  const cpuMicroseconds = Math.min(one.cpuMicroseconds, other.cpuMicroseconds);
  return { ...a, peakMiB: Math.min(a.peakMiB, b.peakMiB), laps: [{ items: one.items, seconds, cpuMicroseconds }] };
}

function rate({ laps }: ContenderFigures): number {
  return (laps[0]?.items ?? 0) / (laps[0]?.seconds ?? 1);
}

function cpu({ laps }: ContenderFigures): number {
  return laps[0]?.cpuMicroseconds ?? Number.NaN;
}
