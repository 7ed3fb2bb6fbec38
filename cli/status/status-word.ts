import type { RunStatus } from '../../core/ledger/run-status.ts';
import type { Output } from '../terminal/output.ts';

const colours: Partial<Record<RunStatus | 'paused', 'green' | 'red' | 'yellow'>> = {
  succeeded: 'green',
  running: 'yellow',
  paused: 'yellow',
  failed: 'red',
  stopped: 'red',
  aborted: 'red',
  timedOut: 'red',
};

/** The status of a run as text: `timed out`, in its colour. A run that rests is `paused`, and not `running`. */
export function statusText(status: RunStatus | 'paused', { styled }: Pick<Output, 'styled'>): string {
  const words = status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const colour = colours[status];
  return colour ? styled(colour, words) : words;
}
