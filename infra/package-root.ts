import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findUp(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findUp(dirname(folder));
}

/** The root folder of this package, found from the sources and from the build. */
export const packageRoot = findUp(dirname(fileURLToPath(import.meta.url)));
