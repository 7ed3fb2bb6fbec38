/**
 * A checksum of texts in their order, 26 hexadecimal digits: it tells that something changed, and is no protection against somebody who wants
 * two texts with one checksum.
 */
export class Digest {
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;
  #c = 0x9e3779b9;
  #d = 0x7f4a7c15;

  add(text: string): void {
    for (let index = 0; index <= text.length; index++) {
      // The end of each text counts, too, so that texts cannot run into each other.
      const code = index < text.length ? text.charCodeAt(index) : 0x1f0000;
      this.#a = Math.imul(this.#a ^ code, 0x9e3779b1);
      this.#b = Math.imul(this.#b ^ code, 0x5f356495);
      this.#c = Math.imul(this.#c ^ code, 0x85ebca77);
      this.#d = Math.imul(this.#d ^ code, 0xc2b2ae3d);
      this.#a ^= this.#b >>> 15;
      this.#c ^= this.#d >>> 13;
    }
  }

  toString(): string {
    const parts = [this.#a ^ (this.#b >>> 16), this.#b ^ (this.#c >>> 13), this.#c ^ (this.#d >>> 16), this.#d ^ (this.#a >>> 13)];
    return parts
      .map((part) => (part >>> 0).toString(16).padStart(8, '0'))
      .join('')
      .slice(0, 26);
  }
}
