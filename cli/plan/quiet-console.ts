import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { terminalLine } from '../terminal/terminal-text.ts';

/** Keeps what the team's functions write to the console out of the output, since it may contain item data. */
export interface QuietConsole {
  /** Number of lines that were not printed. */
  readonly lines: number;
  end(): void;
}

/** Redirects what is written to the console until `end` is called. @param sink receives the lines instead; undefined to drop them */
export function quietConsole(sink: NodeJS.WritableStream | undefined): QuietConsole {
  let lines = 0;
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines += chunk.toString().split('\n').length - 1;
      sink?.write(chunk.toString().split('\n').map(terminalLine).join('\n'));
      done();
    },
  });
  const { console: usual } = globalThis;
  globalThis.console = new Console({ stdout: stream, stderr: stream });
  return {
    get lines() {
      return lines;
    },
    end: () => {
      globalThis.console = usual;
    },
  };
}
