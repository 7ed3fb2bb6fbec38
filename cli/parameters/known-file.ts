import type { LocalFile } from '../../core/plan/local-file.ts';
import type { KnownFile } from './resolve-set.ts';

/** What a local file says of its parameters. */
export function knownFile({ sequence, transformation }: LocalFile): KnownFile {
  const fields = transformation?.parameters?.fields;
  if (!fields) return { sequence };
  const parameters = [...fields].map(
    ([name, { type, isSecret }]) => [name, { type, ...(isSecret ? { secret: true as const } : {}) }] as const,
  );
  return { sequence, parameters: Object.fromEntries(parameters) };
}
