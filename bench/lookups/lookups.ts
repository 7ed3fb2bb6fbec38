import { type ContenderFigures, runContender } from '../modelled/modelled-process.ts';
import { type Section, times, whole } from '../section.ts';

/** Enough for a contender to run for some seconds. The document client needs far more time for each. */
const itemsOf: Record<string, number> = {
  prepared: 100_000,
  lookedUp: 100_000,
  lookedUpDistinct: 100_000,
  lookedUpKept: 100_000,
  lookedUpByClient: 10_000,
};

const titles: Record<string, string> = {
  prepared: 'prepared data, no look-up',
  lookedUp: '`look`, 1,000 different keys',
  lookedUpDistinct: '`look`, another key for each item',
  lookedUpKept: "`look`, 1,000 different keys, `cache: 'segment'`",
  lookedUpByClient: 'GetCommand by `documentClient`',
};

/** Rounds in which all contenders take turns. The best of each counts, since other load on the machine only makes it slower. */
const rounds = 3;

/** A worker whose function needs an item of another table for each item, against the same with prepared data. */
export async function lookups(): Promise<Section> {
  const figures: Record<string, ContenderFigures> = {};
  for (let round = 0; round < rounds; round++)
    for (const [name, items] of Object.entries(itemsOf)) {
      const measured = await runContender(name, 'small', items);
      console.error(`bench: lookups: ${name}: ${cpu(measured).toFixed(1)} µs`);
      figures[name] = figures[name] && cpu(figures[name]) < cpu(measured) ? figures[name] : measured;
    }
  const ratio = (name: string): number => cpu(figures[name]) / cpu(figures['prepared']);
  const requests = (name: string): number => requestsPerItem(name, figures[name]);
  const looked = ['lookedUp', 'lookedUpDistinct', 'lookedUpKept'];
  return {
    title: 'Look-ups',
    text: [
      `One process changes every item of 0.5 KB, by an async function that needs an item of another table, against the modelled DynamoDB of the part "Worker". CPU is that of the whole process, best of ${rounds} rounds.`,
    ],
    tables: [
      {
        columns: ['each item needs', 'items/s', 'CPU per item', 'against prepared data', 'look-up requests per item', 'peak memory'],
        rows: Object.entries(figures).map(([name, each]) => [
          titles[name] ?? name,
          whole((each.laps[0]?.items ?? 0) / (each.laps[0]?.seconds ?? 1)),
          `${cpu(each).toFixed(1)} µs`,
          times(ratio(name)),
          requests(name).toFixed(4),
          `${whole(each.peakMiB)} MiB`,
        ]),
      },
    ],
    targets: looked.flatMap((name) => [
      {
        what: `look-up requests per item: ${titles[name]}`,
        measured: requests(name).toFixed(4),
        target: '≤ 1/50',
        met: requests(name) <= 1 / 50,
      },
      { what: `CPU per item against prepared data: ${titles[name]}`, measured: times(ratio(name)), target: '< 2 ×', met: ratio(name) < 2 },
    ]),
    figures,
  };
}

function cpu(figures: ContenderFigures | undefined): number {
  return figures?.laps[0]?.cpuMicroseconds ?? Number.NaN;
}

function requestsPerItem(name: string, figures: ContenderFigures | undefined): number {
  const { BatchGetItem = 0, GetItem = 0 } = figures?.server.requests ?? {};
  return (BatchGetItem + GetItem) / (itemsOf[name] ?? 1);
}
