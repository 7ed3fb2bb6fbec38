import type { Random } from '../pseudo-random.ts';

/** A set of keys from which one can be picked at random in constant time. */
export class KeyPool {
  readonly #keys: string[] = [];
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#keys.length;
  }

  add(key: string): void {
    if (this.#places.has(key)) return;
    this.#places.set(key, this.#keys.length);
    this.#keys.push(key);
  }

  /** Takes a key out; the last one moves into its place. */
  remove(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const last = this.#keys.pop();
    this.#places.delete(key);
    if (last === undefined || last === key) return;
    this.#keys[place] = last;
    this.#places.set(last, place);
  }

  pick(random: Random): string {
    const key = this.#keys[Math.floor(random() * this.#keys.length)];
    if (key === undefined) throw new Error('There is no key left to pick.');
    return key;
  }
}
