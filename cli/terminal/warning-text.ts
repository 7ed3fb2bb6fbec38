import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { Output } from './output.ts';

/** What does not fit together, a line each. */
export function warningLines(warnings: readonly FileWarning[], { styled }: Pick<Output, 'styled'>): string[] {
  return warnings.map(({ name, message }) => `${styled('yellow', `warning ${name}`)}: ${message}`);
}
