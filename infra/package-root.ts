import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findUp(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findUp(dirname(folder));
}

/** The folder of this package, from its sources as well as from its build. */
export const packageRoot = findUp(dirname(fileURLToPath(import.meta.url)));
