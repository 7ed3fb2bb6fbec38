/** What a part of the bench measured: numbers in objects and arrays. */
export type Figures = Readonly<Record<string, unknown>>;

/** One figure over several rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface ComparedFigure {
  /** Its place in the figures: `small.worker.laps.0.cpuMicroseconds`. */
  name: string;
  before: Spread;
  now: Spread;
  /** The median now, divided by the median before. */
  ratio: number;
}

/** Compares each number that all rounds of both revisions have. One that never differs is left out: it is no measurement. */
export function compareFigures(before: readonly unknown[], now: readonly unknown[]): ComparedFigure[] {
  const [all, ...others] = [...before, ...now].map((figures) => numbersIn(figures));
  const names = [...(all?.keys() ?? [])].filter((name) => others.every((numbers) => numbers.has(name)));
  return names.flatMap((name) => {
    const [a, b] = [before, now].map((rounds) => spreadOf(rounds.map((round) => numbersIn(round).get(name) ?? Number.NaN)));
    return !a || !b || (a.min === b.max && a.max === b.min) ? [] : [{ name, before: a, now: b, ratio: b.median / a.median }];
  });
}

function numbersIn(figures: unknown, place = ''): Map<string, number> {
  if (typeof figures === 'number') return new Map([[place, figures]]);
  if (typeof figures !== 'object' || figures === null) return new Map();
  return new Map(Object.entries(figures).flatMap(([name, value]) => [...numbersIn(value, place === '' ? name : `${place}.${name}`)]));
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return {
    median: middle.reduce((sum, value) => sum + value, 0) / middle.length,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}
