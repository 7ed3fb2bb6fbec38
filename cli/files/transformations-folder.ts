import { relative, resolve } from 'node:path';
import type { LoadedConfig } from '../../config/load-config.ts';

/** The folder of the team's files, relative to the working directory, for verbs without the flag `--transformations`. */
export function folderOf(config: LoadedConfig | undefined): string {
  if (!config) return 'transformations';
  return relative(process.cwd(), resolve(config.folder, config.settings.transformations ?? 'transformations')) || '.';
}
