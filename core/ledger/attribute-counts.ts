import type { Change } from '../change/change.ts';

/** How many items were changed at an attribute. */
export interface AttributeCount {
  /** Empty, which no attribute can be, for all that are not told apart. */
  name: string;
  set: number;
  removed: number;
}

/** Names that are told apart: a footprint rarely has more, and each stands in each checkpoint. */
const maxNames = 20;
const longestName = 100;

/** Counts changes by the names of attributes, as items are counted. */
export class AttributeCounts {
  readonly #counts = new Map<string, AttributeCount>();

  constructor(before: readonly AttributeCount[] = []) {
    for (const count of before) this.#counts.set(count.name, { ...count });
  }

  count({ item }: Change): void {
    if (item.kind !== 'update') return;
    for (const name of Object.keys(item.set)) this.#of(name).set++;
    for (const name of item.remove) this.#of(name).removed++;
  }

  /** As they are now. */
  get all(): AttributeCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  #of(name: string): AttributeCount {
    const known = this.#counts.get(name);
    if (known) return known;
    if (name !== '' && (this.#counts.size >= maxNames || name.length > longestName)) return this.#of('');
    const count = { name, set: 0, removed: 0 };
    this.#counts.set(name, count);
    return count;
  }
}

/** The sum over several segments: the most frequent attributes first, the rest that is not counted by name last. */
export function mergeAttributeCounts(all: Iterable<readonly AttributeCount[] | undefined>): AttributeCount[] {
  const sums = new Map<string, AttributeCount>();
  for (const { name, set, removed } of [...all].flatMap((counts) => counts ?? [])) {
    const sum = sums.get(name) ?? { name, set: 0, removed: 0 };
    sums.set(name, { name, set: sum.set + set, removed: sum.removed + removed });
  }
  const total = ({ name, set, removed }: AttributeCount): number => (name === '' ? -1 : set + removed);
  const sorted = [...sums.values()].sort((a, b) => total(b) - total(a) || (a.name < b.name ? -1 : 1));
  const [named, rest] = [sorted.slice(0, maxNames), sorted.slice(maxNames)];
  if (rest.length === 0) return named;
  const others = rest.reduce((sum, { set, removed }) => ({ name: '', set: sum.set + set, removed: sum.removed + removed }), {
    name: '',
    set: 0,
    removed: 0,
  });
  return [...named, others];
}
