import type { Look, LookOpener, LookupTable, OpenedLook } from '../transformation/look.ts';
import type { Image } from '../values/attribute-value.ts';
import { SweptApart } from './swept-apart.ts';

/**
 * Opens `look` without the table of the file itself. While versions are swept together, its items have the shape of before all of them, or of after
 * all of them, and never the one in which each version would find them.
 */
export function withoutOwnTable(opener: LookOpener<Image>): LookOpener<Image> {
  return {
    open: (place) => new WithoutOwnTable(opener.open(place)),
    seeing: (seenAs) => withoutOwnTable(opener.seeing(seenAs)),
  };
}

class WithoutOwnTable implements OpenedLook {
  readonly #opened: OpenedLook;
  #fault: { error: unknown } | undefined;
  #look: Look | undefined;

  constructor(opened: OpenedLook) {
    this.#opened = opened;
  }

  get fault(): { error: unknown } | undefined {
    return this.#fault ?? this.#opened.fault;
  }

  get look(): Look {
    this.#look ??= Object.create(this.#opened.look, { self: { value: this.#self, enumerable: true } }) as Look;
    return this.#look;
  }

  get #self(): LookupTable {
    const refuse = (): Promise<never> => {
      this.#fault ??= { error: new SweptApart('A function looks something up in the table of its file.') };
      return Promise.reject(this.#fault.error);
    };
    return { get: refuse, query: refuse };
  }
}
