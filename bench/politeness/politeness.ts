import { measurePoliteness, type PolitenessCase, type PolitenessFigures, tableModel } from './politeness-case.ts';

/**
 * Promise P7: live traffic comes first. An application that uses half of a table's throughput, alone and beside runs: the latency for its
 * users, and the consumption of the run compared with its budget. Simulated time, real workers.
 */

/** The default budget that StartRun gives a run. */
const budget = tableModel.writeUnits / 4;

const cases: PolitenessCase[] = [
  { name: 'no run', workers: 0, items: 0 },
  ...[1, 2, 8, 40].map((workers) => ({
    name: `at budget, ${workers} ${workers === 1 ? 'worker' : 'workers'}${workers === 2 ? ': the default' : ''}`,
    workers,
    items: workers === 1 ? 30_000 : 90_000,
    writeUnits: workers === 1 ? 400 : budget,
  })),
  { name: 'at budget, 40 workers, an index that doubles each write', workers: 40, items: 45_000, writeUnits: budget, indexes: 1 },
  { name: 'at budget, 40 workers, one segment as large as eight', workers: 40, items: 90_000, writeUnits: budget, skew: 8 },
  { name: 'the same, each worker keeping its share', workers: 40, items: 90_000, writeUnits: budget, skew: 8, keepsShare: true },
  { name: 'at budget, 40 workers, 1 in 2,000 writes refused', workers: 40, items: 90_000, writeUnits: budget, throttleChance: 0.0005 },
  {
    name: 'at budget, 40 workers, throttled to 300 after 30 s',
    workers: 40,
    items: 60_000,
    writeUnits: budget,
    throttled: { at: 30_000, writeUnits: 300 },
  },
  { name: 'at budget, 40 workers, 5 minutes of burst saved', workers: 40, items: 90_000, writeUnits: budget, burstSeconds: 300 },
  {
    name: 'at budget (600), 12 workers, the table takes 2,400: more than the table has left',
    workers: 12,
    items: 30_000,
    writeUnits: 600,
    tableWriteUnits: 2400,
  },
  { name: 'unlimited, 40 workers, the table takes 2,400', workers: 40, items: 60_000, tableWriteUnits: 2400 },
  { name: 'unlimited, 8 workers', workers: 8, items: 150_000 },
  { name: 'unlimited, 40 workers', workers: 40, items: 150_000 },
  { name: 'unlimited, 80 workers', workers: 80, items: 150_000 },
  { name: 'unlimited, 1,000 workers', workers: 1000, items: 300_000 },
];

export async function politeness(): Promise<{ markdown: string; json: object }> {
  const figures: PolitenessFigures[] = [];
  for (const each of cases) figures.push(await measurePoliteness(each));
  return { markdown: markdownOf(figures), json: { tableModel, budget, figures } };
}

function markdownOf(figures: readonly PolitenessFigures[]): string {
  const alone = figures[0]?.application;
  const rows = figures.map(({ name, application: { p50, p99, answeredPerSecond, failed }, run }) => [
    name,
    `${p50.toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
    alone ? (p99 / alone.p99).toFixed(2) : '',
    answeredPerSecond.toFixed(0),
    percent(failed),
    run ? `${run.seconds.toFixed(0)} s` : '',
    run ? run.unitsPerSecond.toFixed(0) : '',
    percent(run?.worstWindow),
    percent(run?.meanUse),
  ]);
  const head = [
    'run',
    'p50',
    'p99',
    'p99 / alone',
    'answered/s',
    'failed',
    'run time',
    'run WCU/s',
    'worst 10 s / budget',
    'mean / budget',
  ];
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    '## Politeness',
    '',
    `A table of ${tableModel.writeUnits.toLocaleString('en')} write units/s on ${tableModel.partitions} partitions; its application uses ${tableModel.applicationWrites.toLocaleString('en')} of them. Budget: ${budget.toLocaleString('en')} (one worker: 400).`,
    '',
    ...lines,
  ].join('\n');
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(share * 100).toFixed(1)} %`;
}
