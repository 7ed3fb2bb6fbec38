import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { terminalLine } from '../terminal/terminal-text.ts';

/** What the team's functions write to the console may hold items, and must not stand in the output. */
export interface QuietConsole {
  /** Lines that were kept back. */
  readonly lines: number;
  end(): void;
}

/** Keeps back what is written to the console, until it ends. @param sink where it goes instead; undefined for nowhere */
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
