import type { Item } from '../core/transformation/contract.ts';
import type { Image } from '../core/values/attribute-value.ts';
import { MemoryRun, type Perils } from '../test/support/memory-run.ts';
import type { File } from '../test/support/transformations.ts';
import { type Section, times, whole } from './section.ts';

const items = 1000;
const segments = 4;
/** Probability that a worker is killed at a request. */
const killed = 0.01;

/** As a stage that is five versions behind has them: no two write the same attribute, and the fourth reads what the first adds. */
const versions: readonly File[] = [
  { adds: ['fullName'], transformUp: (item: Item) => ({ ...item, fullName: `${item['first']} ${item['last']}` }) },
  { overwrites: ['mail'], transformUp: (item: Item) => ({ ...item, mail: String(item['mail']).toLowerCase() }) },
  { removes: ['legacy'], transformUp: ({ legacy: _, ...item }: Item) => item },
  { adds: ['initials'], transformUp: (item: Item) => ({ ...item, initials: String(item['fullName']).replaceAll(/[^A-Z]/g, '') }) },
  { overwrites: ['visits'], transformUp: (item: Item) => ({ ...item, visits: Number(item['visits']) }) },
];

interface Figures {
  writeUnits: number;
  pages: number;
}

/** What a run over five pending versions writes and reads, swept together and one after the other. */
export async function together(): Promise<Section> {
  const one = await measure(versions.slice(0, 1), {});
  const grouped = await measure(versions, {});
  const oneByOne = await measure(versions, { oneByOne: true });
  const underKills = await measure(versions, { perils: { killed } });
  const row = (name: string, figures: Figures): string[] => [
    name,
    whole(figures.writeUnits),
    times(figures.writeUnits / one.writeUnits),
    // The version alone makes two.
    ((2 * figures.pages) / one.pages).toFixed(1),
  ];
  const writes = grouped.writeUnits / one.writeUnits;
  const scans = (2 * grouped.pages) / one.pages;
  return {
    title: 'Versions that are swept together',
    text: [
      `A run over ${whole(items)} items of 3 KB in ${segments} segments, by the real workers and decisions over records in memory. All five versions change each item.`,
    ],
    tables: [
      {
        columns: ['', 'write units', 'of one version', 'scans of the table'],
        rows: [
          row('one version', one),
          row('five versions together', grouped),
          row('five versions one after the other', oneByOne),
          row(`together, workers killed at ${100 * killed} % of their requests`, underKills),
        ],
      },
    ],
    targets: [
      { what: 'write units of five versions, of one', measured: times(writes), target: '1.00 ×', met: writes === 1 },
      { what: 'scans of the table for five versions', measured: scans.toFixed(1), target: '2', met: scans === 2 },
    ],
    figures: { items, one, grouped, oneByOne, underKills },
  };
}

async function measure(files: readonly File[], options: { oneByOne?: boolean; perils?: Perils }): Promise<Figures> {
  const run = new MemoryRun(Array.from({ length: items }, oldItem), files, { segments, seed: 1, ...options });
  const decision = await run.go();
  if (decision !== 'succeed') throw new Error(`The run ended with ${decision}.`);
  const { writeUnits, readUnits: pages } = run.consumed;
  const isChanged = [...run.table.values()].every((image) => 'fullName' in image && (files.length === 1 || !('legacy' in image)));
  if (!isChanged) throw new Error('Not all items were changed.');
  return { writeUnits, pages };
}

function oldItem(_: unknown, n: number): Image {
  return {
    id: { S: `u${n}` },
    first: { S: 'Ada' },
    last: { S: `L${n}` },
    mail: { S: `U${n}@EXAMPLE.ORG` },
    legacy: { BOOL: true },
    visits: { S: `${n}` },
    about: { S: 'x'.repeat(2700) },
  };
}
