/** What user code works at: a file, and the key of an item in words unless the file is being loaded. */
export interface InHand {
  file: string;
  item?: string;
}

const beatIndex = 0;
const lengthIndex = 1;
const headerBytes = 8;
const maxTextBytes = 4096;

/**
 * Memory that two threads share, so that one can say what the other works at, even if the other never returns: that thread beats while its
 * event loop runs, and notes each call of user code before it makes it.
 */
export class InHandMemory {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #text: Uint8Array;

  constructor(memory = new SharedArrayBuffer(headerBytes + maxTextBytes)) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.#text = new Uint8Array(memory, headerBytes);
  }

  beat(): void {
    Atomics.add(this.#header, beatIndex, 1);
  }

  get beats(): number {
    return Atomics.load(this.#header, beatIndex);
  }

  /** @param inHand undefined if no user code is called any more */
  note(inHand: InHand | undefined): void {
    const whole = encodeText(inHand);
    const text = whole.length <= maxTextBytes ? whole : encodeText(inHand && { file: inHand.file });
    this.#text.set(text);
    Atomics.store(this.#header, lengthIndex, text.length);
  }

  get noted(): InHand | undefined {
    const length = Atomics.load(this.#header, lengthIndex);
    return length === 0 ? undefined : JSON.parse(new TextDecoder().decode(this.#text.slice(0, length)));
  }
}

function encodeText(inHand: InHand | undefined): Uint8Array {
  return new TextEncoder().encode(inHand ? JSON.stringify(inHand) : '');
}
