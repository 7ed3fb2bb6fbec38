import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package's documentation, found from the sources and from the build. */
export const docsFolder = join(packageOf(dirname(fileURLToPath(import.meta.url))), 'docs');

/** That folder as a page in another folder links to it, with a slash at the end: `node_modules/dynamodt/docs/`. */
export function docsFrom(folder: string): string {
  return `${relative(folder, docsFolder).split(sep).map(encodeURIComponent).join('/')}/`;
}

function packageOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageOf(dirname(folder));
}
