/** A stream that keeps what is written. */
export class MemoryStream {
  text = '';
  readonly columns = 60;
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}
