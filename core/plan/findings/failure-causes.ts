import type { ShownImage } from '../mask-value.ts';

/** Items that fail for one reason at one place. */
export interface FailureCause {
  name: string;
  /** Place in the file, if it is known: `Users/v3_split_name.ts:12` */
  place?: string | undefined;
  message: string;
  items: number;
  /** Keys of a few of these items; only if values may be shown. */
  keys?: ShownImage[];
}

/** Groups failures by name, place and message; the most frequent first. */
export class FailureCauses {
  readonly #causes = new Map<string, FailureCause>();

  add({ name, place, message }: Pick<FailureCause, 'name' | 'place' | 'message'>, key?: ShownImage): void {
    const id = JSON.stringify([name, place, message]);
    const cause = this.#causes.get(id) ?? { name, ...(place === undefined ? {} : { place }), message, items: 0 };
    cause.items += 1;
    if (key && (cause.keys?.length ?? 0) < maxKeys) cause.keys = [...(cause.keys ?? []), key];
    this.#causes.set(id, cause);
  }

  list(): FailureCause[] {
    return [...this.#causes.values()].sort((a, b) => b.items - a.items);
  }
}

const maxKeys = 3;
