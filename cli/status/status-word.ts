import type { RunStatus } from '../../core/ledger/run-status.ts';
import type { VersionStatus } from '../../core/ledger/version.ts';
import type { Output } from '../terminal/output.ts';

const colours: Partial<Record<RunStatus | VersionStatus, 'green' | 'red' | 'yellow'>> = {
  succeeded: 'green',
  applied: 'green',
  running: 'yellow',
  applying: 'yellow',
  rollingBack: 'yellow',
  failed: 'red',
  stopped: 'red',
  aborted: 'red',
  timedOut: 'red',
};

/** A status as text: `rolling back`, in its colour. */
export function statusText(status: RunStatus | VersionStatus, { styled }: Pick<Output, 'styled'>): string {
  const words = status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const colour = colours[status];
  return colour ? styled(colour, words) : words;
}
