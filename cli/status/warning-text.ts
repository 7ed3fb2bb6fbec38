import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { Output } from '../terminal/output.ts';

/** What does not fit together, a line each. */
export const warningLines = (warnings: readonly FileWarning[], { styled }: Pick<Output, 'styled'>): string[] =>
  warnings.map(({ name, message }) => `${styled('yellow', `warning ${name}`)}: ${message}`);
