import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { Output } from './output.ts';

/** The warnings about files and versions, one line each. */
export function warningLines(warnings: readonly FileWarning[], { styled }: Pick<Output, 'styled'>): string[] {
  return warnings.map(({ name, message }) => `${styled('yellow', `warning ${name}`)}: ${message}`);
}
