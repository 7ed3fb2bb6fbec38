import { log } from './log.ts';

const methods = ['log', 'info', 'debug', 'warn', 'error', 'trace', 'dir', 'table'] as const;

let calls = 0;
let isMuted = false;

/**
 * Mutes the console before code of the team is loaded: what it prints while it looks at items is often item data, and would stand in the logs. Our
 * own lines do not go through this console. It is muted as long as the process lives, because async functions may print late.
 */
export function muteConsole(): void {
  if (isMuted) return;
  isMuted = true;
  for (const method of methods)
    globalThis.console[method] = () => {
      calls++;
    };
}

/** How often the console was used since the last call. */
export function takeMuted(): number {
  const taken = calls;
  calls = 0;
  return taken;
}

/** Adds calls that a deciding process muted. */
export function addMuted(others: number): void {
  calls += others;
}

/** Says once for an invocation how often the console was used. */
export function tellMuted(): void {
  const taken = takeMuted();
  if (taken > 0) log('consoleMuted', { calls: taken, instead: 'context.log' });
}
